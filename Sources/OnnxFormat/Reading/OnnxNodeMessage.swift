internal import ModelGraph
internal import TensorCore
internal import WireFormats

/// The fields of a `NodeProto`; attributes are still messages.
final class OnnxNodeMessage {
    var inputs: [String] = []
    var outputs: [String] = []
    var name = ""
    var type = ""
    var domain = ""
    var attributes: [ProtobufReader] = []
    var annotations = Annotations()
    /// Fields Octet carries over verbatim when the node stays opaque.
    var extraFields: [UInt8] = []
    var overload = ""
    /// The call of a function whose body the node belongs to.
    var frame: OnnxFunctionFrame?
    /// For a node put in the place of a call: what the names in the function's body became.
    var names: [String: String]?

    init(_ message: ProtobufReader) throws {
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: inputs.append(try field.string())
            case 2: outputs.append(try field.string())
            case 3: name = try field.string()
            case 4: type = try field.string()
            case 5: attributes.append(try field.message())
            case 6: annotations.documentation = try field.string()
            case 7: domain = try field.string()
            case 9: annotations.properties.append(try field.stringPair())
            default:
                if field.number == 8 { overload = try field.string() }
                extraFields.append(contentsOf: field.bytes)
            }
        }
        if domain == "ai.onnx" { domain = "" }
        guard !type.isEmpty else { throw OctetError(.invalidModel, "a node has no operator type", node: label) }
    }

    /// A node that gives a value a second name.
    static func identity(from: String, to: String, frame: OnnxFunctionFrame?) -> OnnxNodeMessage {
        OnnxNodeMessage(type: "Identity", inputs: [from], outputs: [to], frame: frame)
    }

    private init(type: String, inputs: [String], outputs: [String], frame: OnnxFunctionFrame?) {
        self.type = type
        self.inputs = inputs
        self.outputs = outputs
        self.frame = frame
    }

    /// The key of the function it calls, if it calls one.
    var functionKey: String { "\(domain):\(type):\(overload)" }

    /// How messages name the node: by its name or else by its first output.
    var label: String {
        name.isEmpty ? outputs.first { !$0.isEmpty }.map { "producing \($0)" } ?? "" : name
    }

    /// Adds this node's place to an error thrown by `body`.
    func locating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch var error as OctetError {
            if error.node?.isEmpty == true { error.node = nil }
            throw error.at(node: label, operatorName: type)
        }
    }
}
