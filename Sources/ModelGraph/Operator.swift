public import TensorCore

/// What a node computes: a value type that owns its attributes as typed properties.
///
/// The required core is small. What else an operator can do (run by plain evaluation, run on integers, own
/// subgraphs) it says by conforming to further protocols.
public protocol Operator: Sendable {
    /// The standard name, that of the ONNX operator where there is one.
    static var name: String { get }

    /// The name of this one: the type's, but for operators that stand for several of a file's.
    var name: String { get }

    /// The types of the outputs from the types of the inputs.
    ///
    /// Called with whatever is known: dimensions may be symbols or unknown. When all inputs of a
    /// ``TensorOperator`` have fixed shapes (and its ``TensorOperator/shapeInputs`` are constants), the answer has
    /// fixed shapes too.
    /// - Throws: `invalidModel` when the types contradict the operator.
    func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType]

    /// Refuses a use that evaluation cannot do exactly, before any data is read. Inference does not, so that a model
    /// can be inspected, changed and written even if it cannot be run.
    /// - Throws: `unsupported`, naming the element type or the attribute.
    func checkSupport(_ inputs: InferenceInputs) throws

    // The operator in one of its further roles, `nil` if it has not got it. Conforming types inherit the right answer.
    var onTensors: (any TensorOperator)? { get }
    var dependingOnData: (any DataDependentOperator)? { get }
    var owningSubgraphs: (any SubgraphOperator)? { get }
    var quantizable: (any QuantizableOperator)? { get }
    var qOperator: (any QOperator)? { get }
    var opaque: (any OpaqueOperator)? { get }
    var composite: (any CompositeOperator)? { get }
}

extension Operator {
    public var name: String { Self.name }
    public func checkSupport(_ inputs: InferenceInputs) throws {}
}

/// An operator on tensors whose output shapes follow from input shapes and constant inputs alone.
public protocol TensorOperator: Operator {
    /// Inputs whose contents, not only types, decide output shapes (the shape of Reshape, the axes of Squeeze).
    var shapeInputs: [Int] { get }

    /// True when the outputs follow from the inputs' types alone (Shape, Size); then the contents may be absent.
    var readsOnlyTypes: Bool { get }

    /// False where inference need not compute the result on constants, because no shape is made of it.
    var canDecideShapes: Bool { get }

    /// The plain reference evaluation: reads the inputs, fills every element of the outputs.
    ///
    /// Outputs have the types that ``Operator/inferOutputs(_:)`` gave; `nil` stands for an output nobody wants.
    /// On quantized tensors (those with ``Tensor/quantization``) this is the integer arithmetic that the
    /// operator's rule defines. Sizes and types have been checked by inference before.
    func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws
}

extension TensorOperator {
    public var shapeInputs: [Int] { [] }
    public var readsOnlyTypes: Bool { false }
    public var canDecideShapes: Bool { true }
}

/// An operator whose output shapes depend on data, or that handles sequences, optionals or subgraphs.
public protocol DataDependentOperator: Operator {
    /// Evaluates to new values, one for each output of the node.
    /// - Parameter context: runs subgraphs the operator owns.
    func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?]
}

/// An operator that owns graphs and runs them.
public protocol SubgraphOperator: DataDependentOperator {
    /// The graphs that a run may need, each with what is known of its inputs.
    /// - Parameter inputs: the types of the node's inputs, captured outer values included.
    func subgraphs(_ inputs: InferenceInputs) throws -> [(graph: Graph, inputTypes: [ValueType])]
}

/// An operator that stands for several nodes of a graph, made and checked by an executor. Its inputs and outputs may
/// carry quantization parameters.
public protocol CompositeOperator: DataDependentOperator {}

/// What a data-dependent operator may ask of whoever evaluates it.
public protocol EvaluationContext {
    /// How many outputs the node has.
    var outputCount: Int { get }
    /// Prepares a subgraph for running, or finds it prepared already. Types may leave open what changes between runs.
    /// - Parameter number: tells the operator's subgraphs apart.
    func prepare(_ graph: Graph, number: Int, inputTypes: [ValueType]) throws -> any PreparedGraph
    /// Says that a value is about to be made, so that a file cannot ask for more memory than the limit allows.
    /// - Throws: `resourceLimit` when what the operator has made so far and this are more than that.
    func reserve(_ elementType: ElementType, shape: [Int]) throws
    /// Counts a round of a loop.
    /// - Throws: `resourceLimit` when all loops of the run together have made more rounds than the limit allows.
    func countIteration() throws
}

extension EvaluationContext {
    /// Runs a subgraph once on its inputs (captured outer values are inputs like any other).
    public func run(_ graph: Graph, number: Int, inputs: [Datum]) throws -> [Datum] {
        try prepare(graph, number: number, inputTypes: inputs.map(\.type)).run(inputs)
    }
}

/// An operator of a model file that Octet does not know. It survives a round trip and cannot be run.
public protocol OpaqueOperator: Operator {
    /// The domain it comes from, empty for the format's standard one.
    var domain: String { get }
    /// The operator type as the file names it.
    var type: String { get }
    /// Why it is unknown: for messages.
    var reason: String { get }
}
