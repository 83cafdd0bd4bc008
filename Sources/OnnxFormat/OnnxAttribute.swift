internal import ModelGraph
internal import TensorCore

/// An attribute of an ONNX node (`AttributeProto`).
enum OnnxAttribute: Sendable {
    case float(Float)
    case int(Int)
    case string([UInt8])
    case tensor(Tensor)
    case graph(Graph)
    case floats([Float])
    case ints([Int])
    case strings([[UInt8]])
    case tensors([Tensor])
    case graphs([Graph])
    /// Sparse tensors, type protos and what later versions bring: the message as it stands in the file.
    case raw([UInt8])
}
