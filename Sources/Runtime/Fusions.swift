internal import ModelGraph
internal import Operators
internal import TensorCore

/// What the node before applies while it writes its output: clamps (Relu, Clip) and residual additions.
struct Fusions {
    /// The bounds of a clamp, in real numbers.
    struct Clamp {
        var minimum = -Float.infinity
        var maximum = Float.infinity
    }

    /// An addition, quantized or of floats, that follows a convolution.
    struct Sum {
        /// The convolution's own result, which is not stored.
        var partial: ValueID
        /// The other operand; whoever writes it comes before the convolution.
        var residual: ValueID
        var residualIsFirst: Bool
        /// What is applied to the sum.
        var clamp: Clamp
    }

    /// Elementwise operators after a convolution.
    struct Tail {
        var group: ElementwiseGroup
        /// The convolution's own result.
        var written: ValueID
    }

    /// For a node with something fused into it: the value it writes instead of its own output.
    private var outputs: NodeMap<ValueID>
    private var clamps: NodeMap<Clamp>
    private(set) var sums: NodeMap<Sum>
    /// Elementwise operators that are computed together, by the node in whose place.
    private(set) var groups: NodeMap<ElementwiseGroup>
    /// Groups that a convolution of floats computes on what it wrote, by the convolution.
    private(set) var tails: NodeMap<Tail>
    /// Tables of codes, by the node whose result they give.
    private(set) var codeFunctions: NodeMap<CodeFunction>
    /// Nodes that are not run on their own.
    private var absorbed: NodeMap<Bool>
    private var writers: ValueMap<NodeID>

    /// - Parameters:
    ///   - kept: values that must exist, so nothing is fused over them.
    ///   - except: nodes that turned out to have no kernel for it.
    ///   - attachesTails: whether convolutions of floats compute what follows.
    init(
        _ graph: Graph, order: [NodeID], kept: Set<ValueID>, known: [ValueID: Tensor], except: Set<NodeID>,
        attachesTails: Bool
    ) {
        outputs = NodeMap(capacity: graph.nodeCapacity)
        clamps = NodeMap(capacity: graph.nodeCapacity)
        sums = NodeMap(capacity: graph.nodeCapacity)
        groups = NodeMap(capacity: graph.nodeCapacity)
        tails = NodeMap(capacity: graph.nodeCapacity)
        codeFunctions = NodeMap(capacity: graph.nodeCapacity)
        absorbed = NodeMap(capacity: graph.nodeCapacity)
        writers = ValueMap(capacity: graph.valueCapacity)
        let consumers = graph.consumers()
        let visible = kept.union(graph.outputs)
        for id in order where !isAbsorbed(id) && !except.contains(id) {
            let node = graph[id]
            guard Lowering.fusesClamp(node.op), let first = node.outputs.first ?? nil else { continue }
            var output = first
            var clamp = Clamp()
            while consumers[output].count == 1, let next = consumers[output].first, !visible.contains(output),
                let bounds = Self.clamp(graph[next], graph, known), let result = graph[next].outputs[0],
                graph[output].type.tensorType?.quantization == graph[result].type.tensorType?.quantization,
                graph[output].isQuantized || Lowering.fusesFloatClamp(node.op)
            {
                clamp.minimum = min(max(clamp.minimum, bounds.minimum), bounds.maximum)
                clamp.maximum = max(min(clamp.maximum, bounds.maximum), bounds.minimum)
                absorbed[next] = true
                output = result
            }
            guard output != first else { continue }
            outputs[id] = output
            clamps[id] = clamp
            writers[output] = id
        }
        var position = NodeMap<Int>(capacity: graph.nodeCapacity)
        for (index, id) in order.enumerated() { position[id] = index }
        for id in order where graph[id].op is Addition && !except.contains(id) {
            fuseSum(id, graph, consumers: consumers, visible: visible, position: position, except: except)
        }
        let elementwise = ElementwiseGroups(
            graph, order: order, position: position, fusions: self, consumers: consumers, visible: visible,
            known: known, except: except)
        groups = elementwise.groups
        for id in elementwise.absorbed { absorbed[id] = true }
        let codes = CodeFunctions(
            graph, order: order, fusions: self, consumers: consumers, visible: visible, known: known, except: except)
        codeFunctions = codes.functions
        for id in codes.absorbed { absorbed[id] = true }
        guard attachesTails else { return }
        for place in order {
            guard let group = groups[place] else { continue }
            attach(group, at: place, graph, consumers: consumers, visible: visible, position: position, except: except)
        }
    }

    /// Lets the convolution that writes the later operand of an addition do the addition too.
    private mutating func fuseSum(
        _ id: NodeID, _ graph: Graph, consumers: Consumers, visible: Set<ValueID>,
        position: NodeMap<Int>, except: Set<NodeID>
    ) {
        let node = graph[id]
        guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1], a != b,
            let output = output(of: id, node), [a, b, output].allSatisfy({ Self.isImage(graph[$0].type) }),
            Set([a, b, output].map { graph[$0].elementType }).count == 1,
            graph[a].type.tensorType?.fixedShape == graph[b].type.tensorType?.fixedShape
        else { return }
        let candidates = [(a, b, false), (b, a, true)].compactMap { partial, residual, isFirst -> (NodeID, Sum)? in
            guard let writer = writers[partial] ?? graph.producer(of: partial), !except.contains(writer),
                let convolution = graph[writer].op as? Convolution, sums[writer] == nil, convolution.group == 1,
                consumers[partial].count == 1, !visible.contains(partial), !graph[residual].isConstant
            else { return nil }
            let other = writers[residual] ?? graph.producer(of: residual)
            guard other.map({ position[$0] ?? 0 < position[writer] ?? 0 }) ?? true else { return nil }
            return (writer, Sum(partial: partial, residual: residual, residualIsFirst: isFirst, clamp: clamp(of: id)))
        }
        guard let (writer, sum) = candidates.first else { return }
        sums[writer] = sum
        outputs[writer] = output
        outputs[id] = nil
        clamps[id] = nil
        writers[output] = writer
        absorbed[id] = true
    }

    /// Gives a group to the convolution that writes one of its operands, if all others are there before it.
    private mutating func attach(
        _ group: ElementwiseGroup, at place: NodeID, _ graph: Graph, consumers: Consumers,
        visible: Set<ValueID>, position: NodeMap<Int>, except: Set<NodeID>
    ) {
        guard !group.isQuantized, group.codes.isEmpty, let output = group.members.last?.output else { return }
        for source in group.sources {
            guard let writer = writers[source] ?? graph.producer(of: source), !except.contains(writer),
                sums[writer] == nil, !isAbsorbed(writer), tails[writer] == nil,
                let convolution = graph[writer].op as? Convolution,
                self.output(of: writer, graph[writer]) == source, !visible.contains(source),
                graph[source].type.tensorType?.fixedShape == graph[output].type.tensorType?.fixedShape,
                consumers[source].allSatisfy(group.nodes.contains),
                isOfFloats(graph[writer], convolution, graph),
                group.sources.allSatisfy({ other in
                    other == source
                        || graph.producer(of: other).map { position[$0] ?? 0 < position[writer] ?? 0 } ?? true
                })
            else { continue }
            tails[writer] = Tail(group: group, written: source)
            groups[place] = nil
            absorbed[place] = true
            outputs[writer] = output
            writers[output] = writer
            return
        }
    }

    /// Whether a convolution has floats on both sides, and one group or one of each channel.
    private func isOfFloats(_ node: Node, _ convolution: Convolution, _ graph: Graph) -> Bool {
        guard let x = node.input(0), let w = node.input(1), let weights = graph[w].type.tensorType,
            let shape = weights.fixedShape, weights.elementType == .float32, weights.quantization == nil,
            graph[x].quantization == nil
        else { return false }
        return convolution.group == 1 || shape[1] == 1 && shape[0] == convolution.group
    }

    /// Four axes of floats or of 8-bit data with one scale.
    private static func isImage(_ type: ValueType) -> Bool {
        guard let tensor = type.tensorType, tensor.shape?.count == 4 else { return false }
        if tensor.elementType == .float32 { return true }
        return tensor.elementType.bitWidth == 8 && tensor.quantization?.isPerTensor == true
    }

    /// Whether a node is done by another one.
    func isAbsorbed(_ id: NodeID) -> Bool { absorbed[id] ?? false }

    /// The value a node writes.
    func output(of id: NodeID, _ node: Node) -> ValueID? {
        outputs[id] ?? node.outputs.first ?? nil
    }

    func clamp(of id: NodeID) -> Clamp { clamps[id] ?? Clamp() }

    /// The node that writes a value, looking through fused clamps.
    func writer(of value: ValueID, in graph: Graph) -> Node? {
        (writers[value] ?? graph.producer(of: value)).map { graph[$0] }
    }

    private static func clamp(_ node: Node, _ graph: Graph, _ known: [ValueID: Tensor]) -> Clamp? {
        switch node.op.name {
        case "Relu": return Clamp(minimum: 0)
        case "Clip":
            return Clamp(clip: node) { graph[$0].constant ?? known[$0] }
        default: return nil
        }
    }
}
