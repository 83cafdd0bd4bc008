import Foundation
import Octet

/// Does with a file what a user may do: read, infer, inspect, write, compile, run, quantize.
enum Exercise {
    enum Outcome: Hashable {
        /// Everything ended well.
        case ran
        /// An ``OctetError`` of this kind ended it, as it should.
        case refused(String)
        /// Something else was thrown.
        case wrong(String)
    }

    /// - Parameters:
    ///   - folder: where the file may be written again.
    ///   - memoryLimit: what runs may take; the memory of the process is to stay below a small multiple.
    static func outcome(of path: String, folder: String, memoryLimit: Int, quantizes: Bool) -> Outcome {
        do {
            let model = try Model(path: path)
            var graph = model.graph
            try graph.inferTypes()
            try model.write(to: folder + "/written.onnx")
            _ = try JSONEncoder().encode(try Inspection(model))
            let options = ExecutionOptions(threads: 1, memoryLimit: memoryLimit)
            let session = try model.session(options)
            let types = try session.concreteInputTypes()
            let prepared = try session.prepare(types)
            // What a caller hands in is the caller's memory.
            let inputBytes = types.map { type in type.fixedShape.flatMap(Tensor.elementCount).map { $0 * 16 } ?? .max }
            guard inputBytes.allSatisfy({ $0 <= memoryLimit / 8 }) else { return .refused("large inputs") }
            let inputs = try RandomInputs(graph: session.graph, types: types).tensors
            _ = try prepared.run(inputs.map(Datum.tensor))
            if quantizes {
                let samples = CalibrationSamples([inputs])
                let result = try Quantizer(executor: options.executor()).quantize(model.graph, calibration: samples)
                try Model(graph: result.graph).write(to: folder + "/quantized.onnx")
            }
            return .ran
        } catch let error as OctetError {
            return error.message.isEmpty ? .wrong("an error without a message") : .refused("\(error.kind)")
        } catch {
            return .wrong("\(error)")
        }
    }
}
