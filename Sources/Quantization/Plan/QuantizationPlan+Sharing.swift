internal import ModelGraph

extension QuantizationPlan {
    /// A node whose output goes to nobody but an integer clamp (Relu, Clip) takes the range behind the clamp: what the
    /// clamp cuts off needs no codes.
    mutating func fuseClamps(of graph: Graph) {
        let consumers = graph.consumers()
        let results = Set(graph.outputs)
        for clamp in integerNodes where rules[clamp]?.kind == .clamping {
            guard let input = graph[clamp].input(0), consumers[input] == [clamp], !results.contains(input),
                let producer = graph.producer(of: input),
                let index = graph[producer].outputs.firstIndex(of: input)
            else { continue }
            let produced = TensorSlot.output(producer, index)
            let clamped = TensorSlot.output(clamp, 0)
            guard dominator(of: produced) == produced, self[produced]?.contributesRange == true,
                overlap(produced, by: clamped)
            else { continue }
            self[produced]?.contributesRange = false
            self[clamped]?.contributesRange = true
        }
    }

    /// Operators that move or select data pass their input's parameters on; those that join data (Concat) have one set
    /// for all. Joining groups until nothing changes is what the union-find does.
    mutating func shareWithinNodes(of graph: Graph) {
        for node in integerNodes {
            guard let rule = rules[node], let firstInput = rule.inputs.firstIndex(of: .activation) else { continue }
            let source = TensorSlot.input(node, firstInput)
            let outputs = graph[node].outputs.indices.map { TensorSlot.output(node, $0) }.filter { self[$0] != nil }
            switch rule.output {
            case .sameAsInput:
                for output in outputs where self[output]?.contributesRange == false { overlap(output, by: source) }
            case .sharedByAll:
                guard let output = outputs.first else { continue }
                for index in rule.inputs.indices where rule.inputs[index] == .activation {
                    let input = TensorSlot.input(node, index)
                    if self[input] != nil, !overlap(input, by: output) { move(input, under: output) }
                }
            case .free, .fixed: continue
            }
        }
    }
}
