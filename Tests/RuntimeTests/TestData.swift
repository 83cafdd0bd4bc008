import Foundation
import ModelGraph
import TensorCore

/// The trained models and labelled data that are too large for the repository; see `OCTET_TEST_DATA`.
enum TestData {
    static let root: String = {
        if let path = ProcessInfo.processInfo.environment["OCTET_TEST_DATA"] { return path }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared").path
    }()

    /// The condition of a suite that needs the data: with `CI=true` it runs, and fails without them.
    static let isAvailableOrRequired: Bool =
        FileManager.default.fileExists(atPath: root) || ProcessInfo.processInfo.environment["CI"] == "true"

    static func model(_ name: String) -> String { "\(root)/models/\(name).onnx" }

    /// Float inputs of a network, open dimensions taken as `open`.
    static func randomInputs(_ graph: Graph, open: Int = 1) -> [Tensor] {
        var state: UInt64 = 7
        return graph.inputs.map { id in
            let shape = (graph[id].type.tensorType?.shape ?? []).map { $0.value ?? open }
            let values = (0..<shape.reduce(1, *)).map { _ -> Float in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-30
            }
            return Tensor(values, shape: shape)
        }
    }
}
