public import ModelGraph
internal import TensorCore

extension QuantizationPlan {
    /// The plan before calibration: which nodes are integer, the slots they have, and which slots share parameters.
    ///
    /// - Parameters:
    ///   - graph: the float graph, with inferred types.
    ///   - patterns: nodes to leave float, by name or operator type.
    /// - Throws: `invalidArgument` for a scheme that no operator can follow.
    public init(
        for graph: Graph, scheme: QuantizationScheme = QuantizationScheme(),
        dispatcher: any Dispatcher = ConservativeDispatcher(), excluding patterns: [NamePattern] = []
    ) throws {
        self.init()
        let candidates = Candidates(in: graph, excluding: patterns)
        let refused = try dispatcher.refuse(candidates.rules, in: graph)
        for id in graph.nodeIDs {
            if let rule = candidates.rules[id], refused[id] == nil {
                setRule(rule, of: id)
            } else {
                floatReasons[id] = refused[id] ?? candidates.refused[id]
            }
        }
        try addSlots(of: graph, scheme: scheme)
        try keepResultsFloat(of: graph, scheme.results)
        shareValues(of: graph)
        fuseClamps(of: graph)
        shareWithinNodes(of: graph)
    }

    /// One entry for each slot that carries data of an integer node.
    private mutating func addSlots(of graph: Graph, scheme: QuantizationScheme) throws {
        let activation = try scheme.activationFormat()
        for (node, rule) in rules {
            var computesInIntegers = activation.elementType.bitWidth == 8
            for (index, role) in rule.inputs.enumerated() where graph[node].input(index) != nil {
                switch role {
                case .activation: self[.input(node, index)] = TensorQuantization(format: activation)
                case .weight(let axis):
                    let shape = graph[node].input(index).flatMap { graph[$0].constant?.shape } ?? []
                    let (format, axis, block) = try scheme.storage(ofWeight: shape, channelAxis: axis)
                    if format.elementType.bitWidth != 8 { computesInIntegers = false }
                    self[.input(node, index)] = TensorQuantization(
                        format: format, channelAxis: axis, blockSize: block)
                case .bias:
                    self[.input(node, index)] = TensorQuantization(
                        format: .bias, channelAxis: 0, state: computesInIntegers ? .passive : .float,
                        contributesRange: false)
                case .untouched: continue
                }
            }
            for (index, output) in graph[node].outputs.enumerated() where output != nil {
                self[.output(node, index)] = try Self.outputEntry(rule.output, activation: activation)
            }
        }
    }

    private static func outputEntry(
        _ role: QuantizationRule.OutputRole, activation: IntegerFormat
    ) throws -> TensorQuantization {
        guard case .fixed(let scale, let zeroPoint, let type) = role else {
            return TensorQuantization(format: activation, contributesRange: role == .free)
        }
        return TensorQuantization(
            format: try IntegerFormat(type, isSymmetric: activation.isSymmetric), state: .active,
            parameters: QuantizationParameters(scale: scale, zeroPoint: zeroPoint), contributesRange: false)
    }

    /// Every integer use of a value takes the parameters it was produced with, or, where a float node or nobody
    /// produces it, those of its first use.
    private mutating func shareValues(of graph: Graph) {
        var first: [ValueID: TensorSlot] = [:]
        for node in integerNodes {
            for (index, output) in graph[node].outputs.enumerated() {
                if let output { first[output] = .output(node, index) }
            }
        }
        for node in integerNodes {
            guard let rule = rules[node] else { continue }
            for (index, role) in rule.inputs.enumerated() where role == .activation {
                guard let value = graph[node].input(index) else { continue }
                let slot = TensorSlot.input(node, index)
                if let source = first[value] {
                    move(slot, under: source)
                } else {
                    first[value] = slot
                }
            }
        }
    }
}
