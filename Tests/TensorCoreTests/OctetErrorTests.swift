import TensorCore
import Testing

struct OctetErrorTests {
    @Test func errorsNameEverythingTheyKnow() {
        let error = OctetError(
            .invalidModel, "the weights do not fit", node: "conv1", operatorName: "Conv", expected: "[8,3,3,3]",
            found: "[8,4,3,3]", remedy: "Export it again"
        ).at(file: "net.onnx", node: "another")
        #expect(
            error.description
                == "net.onnx, operator Conv, node 'conv1': the weights do not fit; expected [8,3,3,3]; found [8,4,3,3]. "
                + "Export it again")
    }

    @Test func unknownPlacesAreLeftOut() {
        #expect(OctetError(.unsupported, "no").description == "no")
        #expect(OctetError(.unsupported, "no", node: "").at(file: "a").description == "a: no")
    }
}
