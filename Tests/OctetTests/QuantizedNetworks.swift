import Foundation
import Octet
import Synchronization
import TestSupport

/// The trained networks in eight bits, each quantized once for all tests.
final class QuantizedNetworks: Sendable {
    static let shared = QuantizedNetworks()

    private let paths = Mutex<[String: String]>([:])

    /// A QDQ file of the network, calibrated with the default options on 256 samples.
    func path(of network: TrainedNetwork) throws -> String {
        try paths.withLock { paths in
            if let path = paths[network.name] { return path }
            let folder = FileManager.default.temporaryDirectory.appending(path: "octet-tests-\(getpid())").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let model = try Model(path: network.path)
            let quantized = try model.quantized(
                calibration: network.calibrationData(for: model.graph),
                options: QuantizationOptions(sampleLimit: 256))
            let path = "\(folder)/\(network.name).int8.onnx"
            try quantized.model.write(to: path)
            paths[network.name] = path
            return path
        }
    }
}
