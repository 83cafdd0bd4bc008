internal import Datasets
internal import Foundation
internal import OnnxFormat
internal import TensorCore

/// ONNX's own test data: a folder of `test_data_set_K` folders, or one of those, holding `input_I.pb`.
struct OnnxTestDataFormat: DatasetFormat {
    var summary: String { "a folder of ONNX test data (test_data_set_*)" }

    func recognizes(_ path: String) throws -> Bool { !Self.folders(path).isEmpty }

    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        OnnxTestData(folders: Self.folders(path), inputs: request.inputs)
    }

    /// The sample folders at a path, in the order of their numbers.
    static func folders(_ path: String) -> [String] {
        let manager = FileManager.default
        if manager.fileExists(atPath: path + "/input_0.pb") { return [path] }
        let names = (try? manager.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasPrefix("test_data_set_") }
            .sorted { ($0.count, $0) < ($1.count, $1) }
            .map { path + "/" + $0 }
            .filter { manager.fileExists(atPath: $0 + "/input_0.pb") }
    }
}

private struct OnnxTestData: Dataset {
    let folders: [String]
    let inputs: [DatasetInput]

    var count: Int { folders.count }

    func name(at index: Int) -> String { folders[index] }

    func tensors(at index: Int) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (position, input) in inputs.enumerated() {
            let path = "\(folders[index])/input_\(position).pb"
            tensors[input.name] = try TensorFile.read(path, as: .tensor(input.type))
        }
        return tensors
    }
}
