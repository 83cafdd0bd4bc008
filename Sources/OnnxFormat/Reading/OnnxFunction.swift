internal import TensorCore
internal import WireFormats

/// A `FunctionProto`: an operator that the model defines by nodes.
struct OnnxFunction {
    var name = ""
    var domain = ""
    var overload = ""
    var inputs: [String] = []
    var outputs: [String] = []
    /// What the attributes are when a call leaves them out.
    var defaults: [String: ProtobufReader] = [:]
    var nodes: [ProtobufReader] = []
    var operatorSets: [String: Int] = [:]

    init(_ message: ProtobufReader) throws {
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.string()
            case 4: inputs.append(try field.string())
            case 5: outputs.append(try field.string())
            case 7: nodes.append(try field.message())
            case 9:
                let (domain, version) = try OnnxReader.operatorSet(field.message())
                operatorSets[domain] = version
            case 10: domain = try field.string()
            case 11:
                let attribute = try field.message()
                defaults[try OnnxAttributeHead(attribute).name] = attribute
            case 13: overload = try field.string()
            default: break
            }
        }
        if domain == "ai.onnx" { domain = "" }
    }

    /// What calls name it by.
    var key: String { "\(domain):\(name):\(overload)" }
}

/// The fields of an `AttributeProto` that tell what to do with it before it is read.
struct OnnxAttributeHead {
    var name = ""
    /// The attribute of the function's call that it stands for; empty when it has a value of its own.
    var reference = ""
    var holdsGraph = false

    init(_ message: ProtobufReader) throws {
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.string()
            case 6, 11: holdsGraph = true
            case 21: reference = try field.string()
            default: break
            }
        }
    }
}

/// One call of a function: what the nodes of its body see besides each other.
final class OnnxFunctionFrame {
    /// The attributes of the call, and the function's own values for those it leaves out.
    let attributes: [String: ProtobufReader]
    let operatorSets: [String: Int]
    /// How many calls lie around this one.
    let depth: Int

    init(attributes: [String: ProtobufReader], operatorSets: [String: Int], depth: Int) {
        self.attributes = attributes
        self.operatorSets = operatorSets
        self.depth = depth
    }
}
