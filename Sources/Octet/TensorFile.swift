internal import Datasets
internal import Foundation
public import ModelGraph
internal import OnnxFormat
public import TensorCore

/// Tensors in files of their own: `.npy`, or ONNX `.pb`.
public enum TensorFile {
    /// - Parameter type: what the value is for; an ONNX file does not say whether it holds a tensor or a sequence.
    /// - Throws: `unsupported` for another extension, whatever reading throws.
    public static func read(_ path: String, as type: ValueType? = nil) throws -> Tensor {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "npy": return try NumPyArray(path: path).tensor()
        case "pb":
            guard let tensor = try OnnxTensorFile.read(path: path, type: type ?? .unknown).tensor else {
                throw OctetError(.invalidData, "holds no tensor", file: path)
            }
            return tensor
        default:
            throw OctetError(
                .unsupported, "the kind of file is not known by its extension", file: path,
                expected: ".npy or .pb")
        }
    }
}

/// The size of files on disk.
public enum FileSize {
    /// - Throws: `inputOutput` when the file is not there.
    public static func bytes(of path: String) throws -> Int {
        try MappedFile(path: path).byteCount
    }
}
