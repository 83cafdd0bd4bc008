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

    private let file: Graph
    private let executor: any Executor
    private(set) var tallies: [String: Tally] = [:]
    /// Operators of the file that kept their parameter inputs, and so have no kernel.
    private(set) var withoutKernel: Set<String> = []

    /// - Parameter file: the network as the file has it.
    init(_ file: Graph, executor: any Executor) {
        self.file = file
        self.executor = executor
    }

    /// Runs the operators on the samples that `operator_integers.py` wrote to a folder.
    mutating func run(_ folder: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let archives = try names.map { try NumPyArchive(path: "\(folder)/\($0)") }
        let known = Set(archives.first?.names ?? [])
        for id in try file.executionOrder() {
            let node = file[id]
            let inputs = Set(node.inputs.compactMap { $0 }.filter { file[$0].constant == nil }).sorted()
            let outputs = node.outputs.compactMap { $0 }
            guard !inputs.isEmpty, (inputs + outputs).allSatisfy({ known.contains(file[$0].name) }) else { continue }
            try run(node, inputs, outputs, archives)
        }
    }

    private mutating func run(
        _ node: Node, _ inputs: [ValueID], _ outputs: [ValueID], _ archives: [NumPyArchive]
    ) throws {
        func tensors(_ archive: NumPyArchive, _ values: [ValueID]) throws -> [Tensor] {
            try values.map { try archive.tensor(named: file[$0].name) }
        }
        let samples = try archives.map { (try tensors($0, inputs), try tensors($0, outputs)) }
        guard let first = samples.first,
            (first.0 + first.1).contains(where: { [.int8, .uint8].contains($0.elementType) })
        else { return }
        let graph = try Model(graph: single(node, inputs, first.0.map(\.type), outputs)).simplified()
        withoutKernel.formUnion(graph.nodeIDs.compactMap { graph[$0].op.qOperator?.name })
        let prepared = try executor.prepare(graph, inputTypes: graph.inputs.map { graph[$0].type }, keeping: [])
        var tally = tallies[node.op.name] ?? Tally()
        tally.nodes += 1
        for (given, expected) in samples {
            let found = try prepared.run(
                zip(given, graph.inputs).map { tensor, input in
                    var tensor = tensor
                    tensor.quantization = graph[input].quantization
                    return .tensor(tensor)
                })
            for (datum, other) in zip(found, expected) { datum.tensor.map { tally.add($0, other) } }
        }
        tallies[node.op.name] = tally
    }

    /// The node alone in a network.
    private func single(
        _ node: Node, _ inputs: [ValueID], _ types: [TensorType], _ outputs: [ValueID]
    ) throws -> Graph {
        var graph = Graph(name: node.name)
        var ids: [ValueID: ValueID] = [:]
        for (input, type) in zip(inputs, types) {
            ids[input] = graph.addValue(name: file[input].name, type: .tensor(type))
        }
        for value in (node.inputs + node.outputs).compactMap({ $0 }) where ids[value] == nil {
            ids[value] =
                file[value].constant.map { graph.addConstant(name: file[value].name, $0) }
                ?? graph.addValue(name: file[value].name, type: .unknown)
        }
        graph.inputs = inputs.compactMap { ids[$0] }
        graph.outputs = outputs.compactMap { ids[$0] }
        try graph.addNode(
            Node(
                name: node.name, op: node.op, inputs: node.inputs.map { $0.flatMap { ids[$0] } },
                outputs: node.outputs.map { $0.flatMap { ids[$0] } }))
        return graph
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
