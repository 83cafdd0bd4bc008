@_exported public import Datasets
@_exported public import Evaluation
@_exported public import GraphPasses
@_exported public import Kernels
@_exported public import ModelGraph
@_exported public import OnnxFormat
@_exported public import Operators
@_exported public import Quantization
@_exported public import Runtime
@_exported public import TensorCore

/// The toolkit's own version, written into the files it makes.
public enum OctetVersion {
    public static let current = "0.1.0"
}
