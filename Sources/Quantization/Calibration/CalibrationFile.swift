internal import Foundation
internal import ModelGraph
internal import TensorCore

/// The form in which what calibration has seen is kept: JSON.
struct CalibrationFile: Codable {
    /// What was seen of one form of the network.
    struct Calibration: Codable {
        /// The samples that were seen, ascending.
        var samples: [Int]
        var observers: [Entry]
    }

    /// An observer and the slot it belongs to.
    struct Entry: Codable {
        var node: Int
        var isOutput: Bool
        var index: Int
        var observer: Data
    }

    private(set) var format = "octet-calibration"
    private(set) var version = 1
    /// Hashes of what the state belongs to.
    var model = ""
    var options = ""
    var samples = ""
    /// By hash of the graph that was run.
    var calibrations: [String: Calibration] = [:]

    /// A file for nothing yet.
    init() {}

    /// Reads a file.
    /// - Throws: `invalidData` when it is damaged, `invalidArgument` when it belongs to something else than `other`.
    init(path: String, fitting other: CalibrationFile) throws {
        let file = try MappedFile(path: path)
        do {
            self = try JSONDecoder().decode(CalibrationFile.self, from: file.withBytes { Data($0) })
        } catch {
            throw OctetError(.invalidData, "this is no calibration state, or a damaged one")
        }
        guard format == other.format, version == other.version else {
            throw OctetError(
                .invalidData, "this is no calibration state of a known version",
                expected: "\(other.format) \(other.version)", found: "\(format.prefix(40)) \(version)")
        }
        for (name, own, wanted) in [
            ("model", model, other.model), ("set of options", options, other.options),
            ("set of samples", samples, other.samples),
        ] where own != wanted {
            throw OctetError(
                .invalidArgument, "the calibration state belongs to another \(name)",
                remedy: "Name another file, or remove this one to start again")
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try AtomicFile.write([UInt8](try encoder.encode(self)), to: path)
    }
}

extension Calibrator {
    /// What was seen, in the form in which it is kept.
    func stored(samples: Set<Int>) throws -> CalibrationFile.Calibration {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let entries = try seen.sorted { $0.key < $1.key }.map { slot, observer in
            let (isOutput, index) =
                switch slot.port {
                case .input(let index): (false, index)
                case .output(let index): (true, index)
                }
            return CalibrationFile.Entry(
                node: slot.node.index, isOutput: isOutput, index: index, observer: try encoder.encode(observer))
        }
        return CalibrationFile.Calibration(samples: samples.sorted(), observers: entries)
    }

    /// Takes in what was kept.
    /// - Throws: `invalidData` when it is damaged.
    mutating func restore(_ stored: CalibrationFile.Calibration) throws {
        let damage = OctetError(.invalidData, "the calibration state is damaged")
        var found: [TensorSlot: Method.Statistics] = [:]
        for entry in stored.observers {
            let node = NodeID(entry.node)
            let slot: TensorSlot = entry.isOutput ? .output(node, entry.index) : .input(node, entry.index)
            guard seen[slot] != nil, found[slot] == nil,
                let observer = try? JSONDecoder().decode(Method.Statistics.self, from: entry.observer),
                observer.isSound
            else { throw damage }
            found[slot] = observer
        }
        guard found.count == seen.count else { throw damage }
        merge(found)
    }

    /// Tells graphs apart: by operators, connections, names, types and the contents of constants.
    var graphHash: String {
        var text = ""
        for id in graph.nodeIDs {
            let node = graph[id]
            text += "\(node.op.name) \((node.inputs + node.outputs).map { $0?.index ?? -1 })\n"
        }
        for id in graph.valueIDs {
            let value = graph[id]
            text += "\(value.name) \(value.type) \(value.constant?.withBytes(CalibrationFile.hash) ?? "")\n"
        }
        return CalibrationFile.hash(text)
    }
}

extension CalibrationFile {
    /// Tells contents apart that differ by accident.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> String {
        guard let key = ContentHash.Key((0..<ContentHash.Key.byteCount).map { UInt8($0 * 3 + 17) }) else {
            preconditionFailure("a key has \(ContentHash.Key.byteCount) bytes")
        }
        return "\(ContentHash.of(bytes, key: key))"
    }

    static func hash(_ text: String) -> String { Array(text.utf8).withUnsafeBytes { hash($0) } }
}
