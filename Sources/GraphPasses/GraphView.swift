public import ModelGraph
public import TensorCore

/// A graph with what passes keep asking about it, worked out once.
public struct GraphView {
    /// With inferred types.
    public let graph: Graph
    /// In execution order.
    public let order: [NodeID]
    /// The contents of values that follow from constants and known shapes.
    public let known: [ValueID: Tensor]
    private let consumers: Consumers
    private let results: Set<ValueID>

    /// - Throws: `invalidModel` where the graph's types contradict.
    public init(_ graph: Graph) throws {
        var graph = graph
        known = try graph.inferTypes()
        order = try graph.executionOrder()
        consumers = graph.consumers()
        results = Set(graph.outputs)
        self.graph = graph
    }

    /// The nodes that read a value, each once for every time it does.
    public func consumers(of value: ValueID) -> ArraySlice<NodeID> { consumers[value] }

    /// True for the results of the graph.
    public func isResult(_ value: ValueID) -> Bool { results.contains(value) }

    /// The node that alone reads a value which is no result of the graph.
    public func onlyConsumer(of value: ValueID) -> NodeID? {
        let all = consumers[value]
        return all.count == 1 && !results.contains(value) ? all.first : nil
    }

    /// The contents of a node's input if it is a constant or known to be always the same.
    public func constant(_ node: Node, _ index: Int) -> Tensor? {
        node.input(index).flatMap { graph[$0].constant ?? known[$0] }
    }

    /// The contents of a node's input if it is a constant of the graph.
    public func initializer(_ node: Node, _ index: Int) -> Tensor? {
        node.input(index).flatMap { graph[$0].constant }
    }

    /// The shape of a value as far as it is fixed.
    public func fixedShape(of value: ValueID?) -> [Int]? {
        value.flatMap { graph[$0].type.tensorType?.fixedShape }
    }

    /// The rank of a value.
    public func rank(of value: ValueID?) -> Int? {
        value.flatMap { graph[$0].type.tensorType?.shape?.count }
    }
}
