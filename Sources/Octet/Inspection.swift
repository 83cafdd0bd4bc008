internal import ModelGraph
internal import Operators
internal import Runtime
internal import TensorCore

/// What a network is made of.
public struct Inspection: Encodable, Sendable {
    /// An input or output.
    public struct Port: Encodable, Sendable {
        public var name: String
        public var type: String
    }

    /// How often an operator occurs, and how it will run.
    public struct OperatorUse: Encodable, Sendable {
        public var name: String
        public var count: Int
        /// "kernel", "reference", "not at all" or "beforehand"; where uses differ, how many run which way.
        public var runs: String

        enum CodingKeys: String, CodingKey {
            case count, runs
            case name = "operator"
        }
    }

    /// How one node will run.
    public struct NodeUse: Encodable, Sendable {
        /// Its name, or that of its output; in a graph inside a node behind that node's name and a slash.
        public var name: String
        public var operatorName: String
        /// "kernel", "reference", "not at all" or "beforehand".
        public var runs: String
        /// Why it does not run by a kernel; empty when it does.
        public var reason: String
        /// Whether it costs nothing or runs by a kernel.
        public var isFast: Bool { reason.isEmpty }

        enum CodingKeys: String, CodingKey {
            case name, runs, reason
            case operatorName = "operator"
        }
    }

    public var file: String
    public var producer: String
    public var operatorSets: [String: Int]
    public var inputs: [Port]
    public var outputs: [Port]
    public var operators: [OperatorUse]
    public var parameters: Int
    public var parameterBytes: Int
    /// For the input shapes assumed, `nil` when shapes are not known.
    public var multiplyAccumulates: Int?
    /// Values with quantization parameters, once pairs are raised.
    public var quantizedValues: Int
    /// Nodes that compute on integers.
    public var integerNodes: Int
    public var nodes: Int
    /// Every node in the order of execution, those of graphs inside nodes after the node they are in.
    public var nodeList: [NodeUse]

    enum CodingKeys: String, CodingKey {
        case file, producer, inputs, outputs, operators, parameters, nodes
        case operatorSets = "operator_sets"
        case parameterBytes = "parameter_bytes"
        case multiplyAccumulates = "multiply_accumulates"
        case quantizedValues = "quantized_values"
        case integerNodes = "integer_nodes"
        case nodeList = "node_list"
    }

    /// - Parameter shapes: input shapes by name; open dimensions become 1.
    public init(_ model: Model, shapes: [String: [Int]] = [:]) throws {
        var graph = try model.simplified()
        let types = try graph.concreteInputTypes(shapes: shapes)
        let known = try graph.inferTypes(inputTypes: types)
        file = model.path
        producer = [graph.metadata.producerName, graph.metadata.producerVersion].filter { !$0.isEmpty }
            .joined(separator: " ")
        operatorSets = graph.metadata.operatorSets
        inputs = model.graph.inputs.map { Port(name: model.graph[$0].name, type: "\(model.graph[$0].type)") }
        outputs = model.graph.outputs.map { Port(name: model.graph[$0].name, type: "\(model.graph[$0].type)") }
        let live = graph.nodeIDs.map { graph[$0] }
        nodes = live.count
        let executions = try ExecutionOptions(threads: 1).executor().explain(
            graph, inputTypes: types.map(ValueType.tensor))
        nodeList = executions.map {
            NodeUse(name: $0.node, operatorName: $0.operatorName, runs: $0.way.rawValue, reason: $0.reason)
        }
        operators = Dictionary(grouping: executions, by: \.operatorName).map { name, uses in
            OperatorUse(name: name, count: uses.count, runs: Self.runs(uses.map(\.way)))
        }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
        let constants = graph.valueIDs.compactMap { graph[$0].constant }
        parameters = constants.reduce(0) { $0 + $1.count }
        parameterBytes = constants.reduce(0) { $0 + $1.byteCount }
        multiplyAccumulates = live.reduce(0) { sum, node in
            guard let sum, let more = Self.multiplyAccumulates(node, graph) else { return nil }
            let (total, overflow) = sum.addingReportingOverflow(more)
            return overflow ? nil : total
        }
        quantizedValues = graph.valueIDs.filter { graph[$0].isQuantized }.count
        integerNodes =
            live.filter { node in
                node.inputs.contains { $0.map { graph[$0].isQuantized } ?? false }
                    && node.outputs.contains { $0.map { graph[$0].isQuantized && known[$0] == nil } ?? false }
            }.count
    }

    private static func runs(_ ways: [NodeExecution.Way]) -> String {
        let counts = Dictionary(grouping: ways) { $0 }.sorted { $0.key < $1.key }
        if counts.count == 1 { return counts[0].key.rawValue }
        return counts.map { "\($0.value.count) \($0.key.rawValue)" }.joined(separator: ", ")
    }

    private static func multiplyAccumulates(_ node: Node, _ graph: Graph) -> Int? {
        func shape(_ id: ValueID?) -> [Int]? { id.flatMap { graph[$0].type.tensorType?.fixedShape } }
        func each(of output: ValueID?, times depth: Int?) -> Int? {
            guard let depth, let count = shape(output).flatMap(Tensor.elementCount) else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: depth)
            return overflow ? nil : product
        }
        let output = node.outputs.first ?? nil
        switch node.op {
        case is Convolution:
            let kernel = shape(node.input(1)).map { Array($0.dropFirst()) }
            return each(of: output, times: kernel.flatMap(Tensor.elementCount))
        case let op as Gemm:
            let matrix = shape(node.input(0)).flatMap { $0.count == 2 ? $0 : nil }
            return each(of: output, times: matrix?[op.transposesA ? 0 : 1])
        case is MatrixMultiplication: return each(of: output, times: shape(node.input(0)).map { $0.last ?? 1 })
        default: return 0
        }
    }
}
