import Foundation
import Octet

/// The operators of a quantized file, each run by itself on the integers that ONNX Runtime had there, against what
/// ONNX Runtime gave.
struct OperatorIntegers {
    /// What came of all operators of one name.
    struct Tally {
        var nodes = 0
        var elements = 0
        var different = 0
        /// In steps of the integers; for real outputs 1 where any bit differs.
        var greatest = 0
    }

    private let graph: Graph
    private let executor: any Executor
    private(set) var tallies: [String: Tally] = [:]
    /// The names of the tensors that were compared.
    private(set) var compared: Set<String> = []

    init(_ graph: Graph, executor: any Executor) {
        self.graph = graph
        self.executor = executor
    }

    /// Runs the operators on the samples that `operator_integers.py` wrote to a folder.
    mutating func run(_ folder: String) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
        let archives = try files.map { try NumPyArchive(path: $0) }
        guard let first = archives.first else { return }
        // A tensor that is real there may be integers here, under the same name.
        let types = try Dictionary(
            uniqueKeysWithValues: first.names.map { ($0, try first.tensor(named: $0).elementType) })
        for id in try graph.executionOrder() {
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0 }.filter { graph[$0].constant == nil }
            let outputs = node.outputs.compactMap { $0 }
            let touchesIntegers =
                node.op is any QOperator || (inputs + outputs).contains { graph[$0].quantization != nil }
            guard touchesIntegers, !inputs.isEmpty,
                (inputs + outputs).allSatisfy({ types[graph[$0].name] == graph[$0].type.tensorType?.elementType })
            else { continue }
            try run(node, inputs: Array(Set(inputs)).sorted(), outputs, archives)
            compared.formUnion(outputs.map { graph[$0].name })
        }
    }

    private mutating func run(
        _ node: Node, inputs: [ValueID], _ outputs: [ValueID], _ archives: [NumPyArchive]
    ) throws {
        var single = Graph(name: node.name)
        var ids: [ValueID: ValueID] = [:]
        for value in node.inputs + node.outputs {
            guard let value, ids[value] == nil else { continue }
            let copy = graph[value]
            ids[value] =
                copy.constant.map { single.addConstant(name: copy.name, $0) }
                ?? single.addValue(name: copy.name, type: copy.type)
        }
        single.inputs = inputs.compactMap { ids[$0] }
        single.outputs = outputs.compactMap { ids[$0] }
        try single.addNode(
            Node(
                name: node.name, op: node.op, inputs: node.inputs.map { $0.flatMap { ids[$0] } },
                outputs: node.outputs.map { $0.flatMap { ids[$0] } }))
        var prepared: (any PreparedGraph)?
        var tally = tallies[node.op.name] ?? Tally()
        tally.nodes += 1
        for archive in archives {
            let tensors = try inputs.map { value in
                var tensor = try archive.tensor(named: graph[value].name)
                tensor.quantization = graph[value].quantization
                return tensor
            }
            let runner = try prepared ?? executor.prepare(single, inputTypes: tensors.map(\.type), keeping: [])
            prepared = runner
            for (output, datum) in zip(outputs, try runner.run(tensors.map(Datum.tensor))) {
                guard let found = datum.tensor else { continue }
                tally.add(found, try archive.tensor(named: graph[output].name))
            }
        }
        tallies[node.op.name] = tally
    }
}

extension OperatorIntegers.Tally {
    fileprivate mutating func add(_ found: Tensor, _ expected: Tensor) {
        elements += expected.count
        guard found.count == expected.count, found.elementType == expected.elementType else {
            different += expected.count
            greatest = .max
            return
        }
        let isEqual = found.withBytes { own in expected.withBytes { own.elementsEqual($0) } }
        guard !isEqual else { return }
        if let codes = found.integers, let others = expected.integers {
            for (code, other) in zip(codes, others) where code != other {
                different += 1
                greatest = max(greatest, abs(code - other))
            }
        } else {
            let reals = zip(found.floats ?? [], expected.floats ?? [])
            different += reals.count { $0.bitPattern != $1.bitPattern }
            greatest = max(greatest, 1)
        }
    }
}

extension OperatorIntegers: CustomStringConvertible {
    /// A line an operator that differs anywhere.
    var description: String {
        tallies.filter { $0.value.different > 0 }.sorted { $0.key < $1.key }.map { name, tally in
            "\(name): \(tally.different) of \(tally.elements) in \(tally.nodes) nodes, at most \(tally.greatest) steps"
        }.joined(separator: "; ")
    }
}
