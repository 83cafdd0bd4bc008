import Foundation
import Octet
import Synchronization
import TestSupport

/// The trained networks in eight bits, each quantized once for all tests.
final class QuantizedNetworks: Sendable {
    static let shared = QuantizedNetworks()

    private let models = Mutex<[String: Model]>([:])
    private let paths = Mutex<[String: String]>([:])

    /// The network calibrated with the default options on 256 samples.
    func model(of network: TrainedNetwork) throws -> Model {
        try models.withLock { models in
            if let model = models[network.name] { return model }
            let float = try Model(path: network.path)
            let model = try float.quantized(
                calibration: network.calibrationData(for: float.graph),
                options: QuantizationOptions(sampleLimit: 256)
            ).model
            models[network.name] = model
            return model
        }
    }

    /// A file of ``model(of:)``.
    func path(of network: TrainedNetwork, as format: QuantizationFormat = .qdq) throws -> String {
        let model = try model(of: network)
        return try paths.withLock { paths in
            let folder = FileManager.default.temporaryDirectory.appending(path: "octet-tests-\(getpid())").path
            let path = "\(folder)/\(network.name).\(format.rawValue).onnx"
            if paths[path] == nil {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try model.write(to: path, as: format)
                paths[path] = path
            }
            return path
        }
    }
}
