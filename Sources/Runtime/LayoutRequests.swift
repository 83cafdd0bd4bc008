internal import ModelGraph
internal import Operators
internal import TensorCore

/// What consumers want of the memory of their inputs, found before anything is placed.
struct LayoutRequests {
    /// A value that lives inside the buffer of a concatenation's output.
    struct Part {
        var whole: ValueID
        var axis: Int
        var start: Int
    }

    /// The border each value's convolutions need.
    var halos: [ValueID: Halo] = [:]
    /// Inputs of concatenations that their producers write in place.
    var parts: [ValueID: Part] = [:]

    init(_ graph: Graph, order: [NodeID], fusions: Fusions) {
        for id in order {
            let node = graph[id]
            switch node.op {
            case let op as Convolution: requestHalo(op, node, graph)
            case let op as TransposedConvolution: requestHalo(op, node, graph)
            case let op as Concatenation: placeParts(op, node, graph, fusions)
            default: break
            }
        }
    }

    private mutating func requestHalo(_ op: Convolution, _ node: Node, _ graph: Graph) {
        guard let x = node.input(0), let w = node.input(1),
            let input = graph[x].type.tensorType?.fixedShape, input.count == 4,
            let weights = graph[w].type.tensorType?.fixedShape,
            let window = try? op.window.resolve(input: Array(input[2...]), kernel: Array(weights[2...]))
        else { return }
        let halo = Halo(
            top: window.padBegin[0], bottom: window.padEnd[0], left: window.padBegin[1], right: window.padEnd[1])
        halos[x] = (halos[x] ?? .none).union(halo)
    }

    private mutating func requestHalo(_ op: TransposedConvolution, _ node: Node, _ graph: Graph) {
        guard let x = node.input(0), let w = node.input(1),
            let input = graph[x].type.tensorType?.fixedShape, input.count == 4,
            let weights = graph[w].type.tensorType?.fixedShape,
            let axes = try? op.resolve(Array(input[2...]), kernel: Array(weights[2...]))
        else { return }
        halos[x] = (halos[x] ?? .none).union(Halo(transposed: axes))
    }

    private mutating func placeParts(_ op: Concatenation, _ node: Node, _ graph: Graph, _ fusions: Fusions) {
        guard let output = node.outputs.first ?? nil, let whole = graph[output].type.tensorType,
            let shape = whole.fixedShape, shape.count >= 3
        else { return }
        let axis = op.axis < 0 ? op.axis + shape.count : op.axis
        guard axis == 1 else { return }
        var start = 0
        for case let input? in node.inputs {
            guard let type = graph[input].type.tensorType, let extent = type.fixedShape?[axis] else { return }
            let isFree = parts[input] == nil && node.inputs.filter { $0 == input }.count == 1
            let isWritten = fusions.writer(of: input, in: graph).map { Lowering.writesOutput($0.op) } ?? false
            if isFree, isWritten, type.quantization == whole.quantization, type.elementType == whole.elementType {
                parts[input] = Part(whole: output, axis: axis, start: start)
            }
            start += extent
        }
    }
}
