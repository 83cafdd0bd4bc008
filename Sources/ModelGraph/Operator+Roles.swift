/// What an operator is beside an ``Operator``, asked through the protocol's own table: a cast to a protocol searches all
/// conformances of the program the first time it is asked of a type, and loading a network asks of every node.
extension Operator {
    public var onTensors: (any TensorOperator)? { nil }
    public var dependingOnData: (any DataDependentOperator)? { nil }
    public var owningSubgraphs: (any SubgraphOperator)? { nil }
    public var quantizable: (any QuantizableOperator)? { nil }
    public var qOperator: (any QOperator)? { nil }
    public var opaque: (any OpaqueOperator)? { nil }
    public var composite: (any CompositeOperator)? { nil }
}

extension TensorOperator {
    public var onTensors: (any TensorOperator)? { self }
}

extension DataDependentOperator {
    public var dependingOnData: (any DataDependentOperator)? { self }
}

extension SubgraphOperator {
    public var owningSubgraphs: (any SubgraphOperator)? { self }
}

extension QuantizableOperator {
    public var quantizable: (any QuantizableOperator)? { self }
}

extension QOperator {
    public var qOperator: (any QOperator)? { self }
}

extension CompositeOperator {
    public var composite: (any CompositeOperator)? { self }
}

extension OpaqueOperator {
    public var opaque: (any OpaqueOperator)? { self }
}
