internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

/// Elementwise operators on floats that one kernel computes, so that nothing between them is stored.
struct ElementwiseGroup {
    struct Member {
        var node: NodeID
        var function: ElementwiseFunction
        var output: ValueID
        var clamp: Fusions.Clamp
        var name: String
    }

    /// In an order in which they can run; the last one gives what the group writes, or what it quantizes.
    var members: [Member]
    /// The codes of operands that are read without their Dequantize.
    var codes: [ValueID: ValueID] = [:]
    var isQuantized: Bool

    /// What is computed elsewhere.
    var sources: [ValueID] {
        let made = Set(members.map(\.output))
        var seen: Set<ValueID> = []
        return members.flatMap(\.function.operands).filter { !made.contains($0) && seen.insert($0).inserted }
    }

    var nodes: Set<NodeID> { Set(members.map(\.node)) }

    /// The operators' names.
    var label: String { members.map(\.name).joined(separator: "+") }

    var fits: Bool {
        let pairs = perChannel.count
        return members.count + pairs <= Int(OCTET_FUSED_OPERATIONS)
            && sources.count + 2 * pairs <= Int(OCTET_FUSED_SOURCES)
    }

    /// Factors and offsets of the members that have a pair for each channel; the kernel reads them behind the sources.
    var perChannel: [(factor: [Float], offset: [Float])] {
        members.compactMap { member in
            guard case .perChannel(let factor, let offset) = member.function.operation else { return nil }
            return (factor, offset)
        }
    }
}

/// Finds groups of elementwise operators.
struct ElementwiseGroups {
    private let graph: Graph
    private let consumers: Consumers
    private let visible: Set<ValueID>
    private let position: NodeMap<Int>
    private var members: NodeMap<ElementwiseGroup.Member>
    /// The members by what they give.
    private var makers: ValueMap<NodeID>
    /// The node in whose place the group of a member is computed.
    private var places: NodeMap<NodeID>
    private(set) var groups: NodeMap<ElementwiseGroup>
    /// Nodes that are not run on their own.
    private(set) var absorbed: Set<NodeID> = []

    init(
        _ graph: Graph, order: [NodeID], position: NodeMap<Int>, fusions: Fusions, consumers: Consumers,
        visible: Set<ValueID>,
        known: [ValueID: Tensor], except: Set<NodeID>
    ) {
        self.graph = graph
        self.consumers = consumers
        self.visible = visible
        self.position = position
        members = NodeMap(capacity: graph.nodeCapacity)
        makers = ValueMap(capacity: graph.valueCapacity)
        places = NodeMap(capacity: graph.nodeCapacity)
        groups = NodeMap(capacity: graph.nodeCapacity)
        for id in order where !fusions.isAbsorbed(id) && !except.contains(id) {
            let node = graph[id]
            guard let output = fusions.output(of: id, node), known[output] == nil,
                let function = ElementwiseFunction(node, constant: { graph[$0].constant ?? known[$0] }),
                (function.operands + [output]).allSatisfy(isFloat),
                graph[output].type.tensorType?.shape?.count ?? 9 <= 6
            else { continue }
            members[id] = .init(
                node: id, function: function, output: output, clamp: fusions.clamp(of: id), name: node.op.name)
            makers[output] = id
        }
        for id in order.reversed() where places[id] == nil && !except.contains(id) { formGroup(at: id) }
        for id in order where graph[id].op is Dequantize && !fusions.isAbsorbed(id) { readCodes(of: id) }
        for place in order {
            guard let group = groups[place], group.members.count == 1, group.codes.isEmpty, !group.isQuantized else {
                continue
            }
            groups[place] = nil
        }
    }

    private func isFloat(_ value: ValueID) -> Bool {
        guard let type = graph[value].type.tensorType, let shape = type.fixedShape else { return false }
        return type.elementType == .float32 && type.quantization == nil && !shape.contains(0)
    }

    private func isCodes(_ value: ValueID) -> Bool {
        guard let type = graph[value].type.tensorType, !graph[value].isConstant else { return false }
        return (type.elementType == .uint8 || type.elementType == .int8) && type.quantization?.isPerTensor == true
    }

    /// Collects what is read by the group alone, from its last member backwards.
    private mutating func formGroup(at place: NodeID) {
        var taken: Set<NodeID> = [place]
        var last = place
        let isQuantized = graph[place].op is Quantize
        if isQuantized {
            guard let input = graph[place].input(0), let output = graph[place].outputs[0], isCodes(output),
                let maker = makers[input], places[maker] == nil, isReadOnly(input, by: taken)
            else { return }
            taken.insert(maker)
            last = maker
        }
        guard let shape = members[last].map({ graph[$0.output].type.tensorType?.fixedShape }) else { return }
        var group = make(taken, isQuantized)
        var grows = true
        while grows {
            grows = false
            for source in group.sources {
                guard let maker = makers[source], places[maker] == nil, isReadOnly(source, by: taken),
                    graph[source].type.tensorType?.fixedShape == shape
                else { continue }
                let larger = make(taken.union([maker]), isQuantized)
                guard larger.fits else { continue }
                taken.insert(maker)
                group = larger
                grows = true
            }
        }
        groups[place] = group
        for id in taken { places[id] = place }
        absorbed.formUnion(taken.subtracting([place]))
    }

    private func isReadOnly(_ value: ValueID, by nodes: Set<NodeID>) -> Bool {
        !visible.contains(value) && !consumers[value].isEmpty && consumers[value].allSatisfy(nodes.contains)
    }

    private func make(_ nodes: Set<NodeID>, _ isQuantized: Bool) -> ElementwiseGroup {
        let sorted = nodes.sorted { (position[$0] ?? 0) < (position[$1] ?? 0) }
        return ElementwiseGroup(members: sorted.compactMap { members[$0] }, isQuantized: isQuantized)
    }

    /// Lets groups read the integers of which a Dequantize makes floats, where only groups read these.
    private mutating func readCodes(of id: NodeID) {
        guard let codes = graph[id].input(0), let reals = graph[id].outputs[0], isCodes(codes), isFloat(reals),
            !visible.contains(reals)
        else { return }
        let readers = consumers[reals]
        let owners = readers.compactMap { reader in places[reader].flatMap { graph[reader].op is Quantize ? nil : $0 } }
        guard !readers.isEmpty, owners.count == readers.count else { return }
        for owner in owners { groups[owner]?.codes[reals] = codes }
        absorbed.insert(id)
    }
}
