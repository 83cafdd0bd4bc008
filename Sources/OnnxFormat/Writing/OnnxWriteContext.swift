internal import TensorCore

/// What the graphs of one model share while it is written.
final class OnnxWriteContext {
    /// The operator sets being written against, by domain.
    let operatorSets: [String: Int]
    let externalData: OnnxExternalDataWriter?
    /// Whether 16-bit quantization below operator set 21 is that of ONNX Runtime.
    let usesMicrosoftBorders: Bool
    /// What the nodes written so far need; when it is above `operatorSets` the model is written again.
    private(set) var neededSets: [String: Int]
    /// The lowest `ir_version` that has every type written so far.
    private(set) var neededFormat: Int64 = 4

    init(operatorSets: [String: Int], externalData: OnnxExternalDataWriter?, usesMicrosoftBorders: Bool = false) {
        self.operatorSets = operatorSets
        self.externalData = externalData
        self.usesMicrosoftBorders = usesMicrosoftBorders
        neededSets = operatorSets
    }

    func version(of domain: String) -> Int { operatorSets[domain] ?? 1 }

    func need(_ domain: String, _ version: Int) {
        neededSets[domain] = max(neededSets[domain] ?? 1, version)
    }

    func need(_ type: ElementType) {
        need("", OnnxElementType.operatorSet(type))
        neededFormat = max(neededFormat, OnnxElementType.formatVersion(type))
    }

    /// The `ir_version` that came out together with an operator set. Source: ONNX, "Versioning".
    static func formatVersion(operatorSet: Int) -> Int64 {
        switch operatorSet {
        case ...14: 7
        case ...18: 8
        case ...20: 9
        case ...22: 10
        case 23: 11
        case 24: 12
        case ...27: 13
        default: 14
        }
    }
}
