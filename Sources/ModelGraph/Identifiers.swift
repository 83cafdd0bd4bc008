/// Names a value of a graph for as long as the graph lives. A patch never renumbers values.
@frozen public struct ValueID: GraphIdentifier {
    public let index: Int

    @inlinable public init(_ index: Int) { self.index = index }

    @inlinable public static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
}

/// Names a node of a graph for as long as the graph lives. A patch never renumbers nodes.
@frozen public struct NodeID: GraphIdentifier {
    public let index: Int

    @inlinable public init(_ index: Int) { self.index = index }

    @inlinable public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}
