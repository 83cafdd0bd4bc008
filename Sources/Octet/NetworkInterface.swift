public import ModelGraph
public import TensorCore

/// The names and declared types of what goes into a network and comes out of it.
public struct NetworkInterface: Sendable, Equatable {
    /// An input or output.
    public struct Port: Sendable, Equatable {
        public var name: String
        /// Dimensions may be open.
        public var type: ValueType

        public init(name: String, type: ValueType) {
            self.name = name
            self.type = type
        }
    }

    public var inputs: [Port]
    public var outputs: [Port]

    public init(inputs: [Port], outputs: [Port]) {
        self.inputs = inputs
        self.outputs = outputs
    }

    public init(_ graph: Graph) {
        let port = { (id: ValueID) in Port(name: graph[id].name, type: graph[id].type) }
        self.init(inputs: graph.inputs.map(port), outputs: graph.outputs.map(port))
    }

    /// True when every input is a tensor of a fixed shape.
    var isFixed: Bool { inputs.allSatisfy { $0.type.tensorType?.fixedShape != nil } }

    /// The inputs' types with every dimension fixed.
    /// - Parameter shapes: shapes by input name, for dimensions that the model leaves open; an open dimension that no
    ///   shape covers becomes 1.
    /// - Throws: `invalidArgument` for a name that is no input, a shape that contradicts the model, or an input whose
    ///   rank is not known.
    public func concreteInputTypes(shapes: [String: [Int]] = [:]) throws -> [TensorType] {
        let names = inputs.map(\.name)
        if let stranger = shapes.keys.filter({ !names.contains($0) }).min() {
            throw OctetError(
                .invalidArgument, "the network has no input '\(stranger)'", expected: names.joined(separator: ", "))
        }
        return try inputs.map { input in
            guard var type = input.type.tensorType else {
                throw OctetError(.unsupported, "input '\(input.name)' is no tensor", found: "\(input.type)")
            }
            guard let pinned = shapes[input.name] else {
                guard let shape = type.shape else {
                    throw OctetError(
                        .invalidArgument, "the shape of input '\(input.name)' is not known",
                        remedy: "Give it with --input-shape \(input.name)=…")
                }
                type.shape = shape.map { .fixed($0.value ?? 1) }
                return type
            }
            let fits =
                type.shape.map { $0.count == pinned.count && zip($0, pinned).allSatisfy { $0.value ?? $1 == $1 } }
                ?? true
            guard fits, pinned.allSatisfy({ $0 >= 1 }) else {
                throw OctetError(
                    .invalidArgument, "the shape given for input '\(input.name)' does not fit the model",
                    expected: "\(type)", found: "\(pinned)")
            }
            type.shape = pinned.map(Dimension.fixed)
            return type
        }
    }

    /// The tensors in the order of the inputs, checked against what is declared.
    /// - Throws: `invalidArgument` for a missing or surplus input, or one of the wrong type or shape.
    func ordered(_ tensors: [String: Tensor]) throws -> [Tensor] {
        let names = inputs.map(\.name)
        if let surplus = tensors.keys.filter({ !names.contains($0) }).min() {
            throw OctetError(
                .invalidArgument, "the network has no input '\(surplus)'",
                expected: names.joined(separator: ", "), found: surplus)
        }
        let ordered = try inputs.map { input in
            guard let tensor = tensors[input.name] else {
                throw OctetError(.invalidArgument, "input '\(input.name)' is missing")
            }
            return tensor
        }
        try check(ordered)
        return ordered
    }

    /// - Throws: `invalidArgument` for the wrong number of inputs, or one of the wrong type or shape.
    func check(_ tensors: [Tensor]) throws {
        guard tensors.count == inputs.count else {
            throw OctetError(
                .invalidArgument, "the number of inputs is wrong", expected: "\(inputs.count)",
                found: "\(tensors.count)")
        }
        for (input, tensor) in zip(inputs, tensors) {
            guard let type = input.type.tensorType else { continue }
            let fits =
                type.elementType == tensor.elementType
                && (type.shape.map { shape in
                    shape.count == tensor.rank
                        && zip(shape, tensor.shape).allSatisfy { $0.value == nil || $0.value == $1 }
                } ?? true)
            guard fits else {
                throw OctetError(
                    .invalidArgument, "input '\(input.name)' has the wrong type", expected: "\(type)",
                    found: "\(tensor.type)")
            }
        }
    }
}

extension Graph {
    /// The inputs' types with every dimension fixed. See ``NetworkInterface/concreteInputTypes(shapes:)``.
    public func concreteInputTypes(shapes: [String: [Int]]) throws -> [TensorType] {
        try NetworkInterface(self).concreteInputTypes(shapes: shapes)
    }
}

extension NetworkInterface {
    /// `nil` when a type is no tensor's: such a network is interpreted, and nothing of it is stored.
    var encoded: [UInt8]? {
        var writer = ByteWriter()
        for ports in [inputs, outputs] {
            guard ports.allSatisfy({ $0.type.tensorType != nil }) else { return nil }
            writer.append(ports) { port, writer in
                writer.append(port.name)
                if let type = port.type.tensorType { writer.append(type) }
            }
        }
        return writer.bytes
    }

    init(decoding bytes: UnsafeRawBufferPointer) throws {
        var reader = ByteReader(bytes)
        func ports() throws -> [Port] {
            try reader.array { Port(name: try $0.string(), type: .tensor(try $0.tensorType())) }
        }
        self.init(inputs: try ports(), outputs: try ports())
    }
}
