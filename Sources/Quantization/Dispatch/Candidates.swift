internal import ModelGraph
internal import Operators
internal import TensorCore

/// The nodes that could be integer, and why each of the others cannot, by what can be seen of the node alone.
struct Candidates {
    private(set) var rules: [NodeID: QuantizationRule] = [:]
    private(set) var refused: [NodeID: FloatReason] = [:]

    /// - Parameter graph: with inferred types.
    init(in graph: Graph, excluding patterns: [NamePattern]) {
        for id in graph.nodeIDs {
            let node = graph[id]
            if let pattern = patterns.first(where: { $0.matches(node) }) {
                refused[id] = .excluded(pattern: pattern.text)
            } else {
                switch Self.rule(of: node, in: graph) {
                case .success(let rule): rules[id] = rule
                case .failure(let refusal): refused[id] = refusal.reason
                }
            }
        }
    }

    private struct Refusal: Error {
        var reason: FloatReason
    }

    private static func rule(of node: Node, in graph: Graph) -> Result<QuantizationRule, Refusal> {
        let outputTypes = node.outputs.compactMap { $0.flatMap { graph[$0].elementType } }
        if !outputTypes.isEmpty, outputTypes.allSatisfy({ $0.isInteger || $0 == .bool }) {
            return .failure(Refusal(reason: .indexArithmetic))
        }
        guard let op = node.op.quantizable else { return .failure(Refusal(reason: .noIntegerForm)) }
        let inputs = InferenceInputs(
            types: node.inputs.map { $0.map { graph[$0].type } },
            constants: node.inputs.map { $0.flatMap { graph[$0].constant } }, outputCount: node.outputs.count)
        guard let rule = op.quantizationRule(inputs) else {
            let hasWeights = op is Convolution || op is Gemm
            let reason: FloatReason = hasWeights && inputs.constant(1) == nil ? .weightsNotConstant : .useNotCovered
            return .failure(Refusal(reason: reason))
        }
        for (index, role) in rule.inputs.enumerated() where role != .untouched {
            guard let value = node.input(index).map({ graph[$0] }) else { continue }
            if let type = value.type.tensorType?.elementType, type != .float32 {
                return .failure(Refusal(reason: .unsupportedType(type)))
            }
            if role != .activation && !value.isConstant { return .failure(Refusal(reason: .weightsNotConstant)) }
        }
        guard biasFits(rule, inputs) else { return .failure(Refusal(reason: .useNotCovered)) }
        return .success(rule)
    }

    /// A bias needs one element for each channel of the weights, whose scales it takes.
    private static func biasFits(_ rule: QuantizationRule, _ inputs: InferenceInputs) -> Bool {
        guard let index = rule.inputs.firstIndex(of: .bias), let bias = inputs.constant(index) else { return true }
        guard rule.inputs.count > 1, case .weight(let axis) = rule.inputs[1], let weight = inputs.constant(1),
            weight.shape.indices.contains(axis)
        else { return false }
        return bias.shape == [weight.shape[axis]]
    }
}
