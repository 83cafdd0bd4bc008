internal import ModelGraph
internal import TensorCore

/// An element that stands for a real number. The reference computes in binary64 and rounds once, so that results do
/// not depend on a machine's float32 library; for + − × ÷ √ that equals float32 arithmetic exactly.
protocol RealElement: TensorElement {
    init(real: Double)
    var real: Double { get }
}

extension Float: RealElement {
    init(real: Double) { self.init(real) }
    var real: Double { Double(self) }
}

extension Double: RealElement {
    init(real: Double) { self = real }
    var real: Double { self }
}

extension Half: RealElement {
    init(real: Double) { self.init(Float(real)) }
    var real: Double { Double(float) }
}

extension BFloat16: RealElement {
    init(real: Double) { self.init(Float(real)) }
    var real: Double { Double(float) }
}

/// An integer element of 8 to 64 bits.
protocol IntegerElement: TensorElement, FixedWidthInteger {}

extension Int8: IntegerElement {}
extension Int16: IntegerElement {}
extension Int32: IntegerElement {}
extension Int64: IntegerElement {}
extension UInt8: IntegerElement {}
extension UInt16: IntegerElement {}
extension UInt32: IntegerElement {}
extension UInt64: IntegerElement {}

/// Work that is written once and compiled for each element type.
protocol ElementVisitor {
    associatedtype Output
    func visit<T: RealElement>(real: T.Type) throws -> Output
    func visit<T: IntegerElement>(integer: T.Type) throws -> Output
}

extension ElementType {
    /// Switches on the element type once and runs `visitor` for its Swift type.
    /// - Throws: `unsupported` for types that are not numbers of at least 8 bits.
    func accept<Visitor: ElementVisitor>(_ visitor: Visitor) throws -> Visitor.Output {
        switch self {
        case .float32: try visitor.visit(real: Float.self)
        case .float64: try visitor.visit(real: Double.self)
        case .float16: try visitor.visit(real: Half.self)
        case .bfloat16: try visitor.visit(real: BFloat16.self)
        case .int8: try visitor.visit(integer: Int8.self)
        case .int16: try visitor.visit(integer: Int16.self)
        case .int32: try visitor.visit(integer: Int32.self)
        case .int64: try visitor.visit(integer: Int64.self)
        case .uint8: try visitor.visit(integer: UInt8.self)
        case .uint16: try visitor.visit(integer: UInt16.self)
        case .uint32: try visitor.visit(integer: UInt32.self)
        case .uint64: try visitor.visit(integer: UInt64.self)
        default: throw OctetError(.unsupported, "no evaluation for elements of type \(rawValue)")
        }
    }
}

extension [ElementType] {
    static let reals: Self = [.float32, .float64, .float16, .bfloat16]
    static let integers: Self = [.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
    static let numbers = reals.union(integers)
    static let indices: Self = [.int32, .int64]
    /// Types whose elements can be moved one by one: everything but the packed ones.
    static let movable = ElementType.allCases.filter { $0.bitWidth >= 8 || $0 == .string }

    func union(_ others: Self) -> Self { self + others }
}

extension InferenceInputs {
    /// Refuses an input whose element type evaluation does not handle. Absent inputs, and quantized ones, whose types
    /// the executor checks against the operator's quantization rule, pass.
    /// - Throws: `unsupported`.
    func require(_ index: Int, _ accepted: [ElementType]) throws {
        guard index < types.count, let type = types[index] else { return }
        if case .unknown = type { return }
        guard let tensor = type.tensorType else {
            throw OctetError(.unsupported, "input \(index) is no tensor", found: "\(type)")
        }
        guard tensor.quantization != nil || accepted.contains(tensor.elementType) else {
            throw OctetError(
                .unsupported, "input \(index) has an element type that evaluation does not handle",
                expected: accepted.map(\.rawValue).sorted().joined(separator: ", "), found: tensor.elementType.rawValue)
        }
    }

    /// Refuses every input whose element type evaluation does not handle.
    func requireAll(_ accepted: [ElementType]) throws {
        for index in types.indices { try require(index, accepted) }
    }

    /// Refuses operands (inputs 0 and 1) that are not real, and a bias (input 2) that is not real, or int32 when input 0
    /// is quantized.
    func requireOperandsAndBias() throws {
        try require(0, .reals)
        try require(1, .reals)
        try require(2, tensor(0).quantization == nil ? .reals : [.int32])
    }

    /// - Throws: `invalidModel` when two of these inputs have different element types. Quantized and unknown inputs
    ///   are left out.
    func requireSameElementType(_ indices: some Sequence<Int>) throws {
        var first: ElementType?
        for index in indices where index < types.count {
            guard case .tensor(let type)? = types[index], type.quantization == nil else { continue }
            if let first, first != type.elementType {
                throw OctetError(
                    .invalidModel, "input \(index) has another element type than the inputs before it",
                    expected: first.rawValue, found: type.elementType.rawValue)
            }
            first = type.elementType
        }
    }
}
