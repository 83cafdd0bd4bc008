/// Names a value of a graph for as long as the graph lives. A patch never renumbers values.
public struct ValueID: GraphIdentifier {
    public let index: Int

    public init(_ index: Int) { self.index = index }

    public static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
}

/// Names a node of a graph for as long as the graph lives. A patch never renumbers nodes.
public struct NodeID: GraphIdentifier {
    public let index: Int

    public init(_ index: Int) { self.index = index }

    public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}
