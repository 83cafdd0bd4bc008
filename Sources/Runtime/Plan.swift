public import Kernels
internal import ModelGraph
public import TensorCore

/// A compiled graph for fixed input shapes: an immutable list of steps and the size of the arena they need.
///
/// Plans are shared; each caller makes a ``Session`` of its own.
public final class Plan: @unchecked Sendable {
    /// What every step is, in order.
    public let stepDescriptions: [StepDescription]
    /// The types of the inputs, in the graph's order.
    public let inputTypes: [TensorType]
    /// The types of the outputs, in the graph's order.
    public let outputTypes: [TensorType]
    /// Bytes of activations that a session allocates.
    public let arenaByteCount: Int
    /// Bytes of packed weights and constants that all sessions share.
    public let constantByteCount: Int
    public let instructionSet: InstructionSet

    let steps: [PlanStep]
    let constants: [AlignedMemory]
    let bufferOffsets: [Int]
    let inputs: [View]
    let outputs: [View]

    convenience init(builder: PlanBuilder, inputs: [View], outputs: [View], instructionSet: InstructionSet) {
        let placement = MemoryPlanner.place(builder.buffers, slack: Int(OCTET_SLACK))
        self.init(
            steps: builder.steps, constants: builder.constants, bufferOffsets: placement.offsets,
            arenaByteCount: placement.byteCount, inputs: inputs, outputs: outputs, instructionSet: instructionSet)
    }

    init(
        steps: [PlanStep], constants: [AlignedMemory], bufferOffsets: [Int], arenaByteCount: Int, inputs: [View],
        outputs: [View], instructionSet: InstructionSet
    ) {
        self.steps = steps
        self.constants = constants
        self.bufferOffsets = bufferOffsets
        self.arenaByteCount = arenaByteCount
        constantByteCount = constants.reduce(0) { $0 + $1.bytes.count }
        stepDescriptions = steps.map(\.description)
        self.inputs = inputs
        self.outputs = outputs
        inputTypes = inputs.map(\.tensorType)
        outputTypes = outputs.map(\.tensorType)
        self.instructionSet = instructionSet
    }
}

extension View {
    var tensorType: TensorType { TensorType(elementType, fixedShape: shape, quantization: quantization) }
}
