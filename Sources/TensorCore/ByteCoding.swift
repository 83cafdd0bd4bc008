/// Writes numbers and strings one after the other, for files of this machine's own.
public struct ByteWriter {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func append(_ value: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(value)).littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func append(_ value: Float) { append(Int(value.bitPattern)) }

    public mutating func append(_ value: Bool) { append(value ? 1 : 0) }

    public mutating func append(bytes more: [UInt8]) { bytes.append(contentsOf: more) }

    /// The number of bytes, then the bytes.
    public mutating func append(block: [UInt8]) {
        append(block.count)
        bytes.append(contentsOf: block)
    }

    public mutating func append(_ text: String) { append(block: Array(text.utf8)) }

    /// The number of elements, then each.
    public mutating func append<Element>(_ elements: [Element], _ body: (Element, inout ByteWriter) -> Void) {
        append(elements.count)
        for element in elements { body(element, &self) }
    }

    /// Whether there is a value, then the value.
    public mutating func append<Wrapped>(_ value: Wrapped?, _ body: (Wrapped, inout ByteWriter) -> Void) {
        append(value != nil)
        if let value { body(value, &self) }
    }

    /// Adds zeros up to a multiple of `alignment` bytes.
    public mutating func pad(to alignment: Int) {
        while bytes.count % alignment != 0 { bytes.append(0) }
    }
}

/// Reads what ``ByteWriter`` wrote, with every length checked against what is left.
public struct ByteReader {
    private let source: UnsafeRawBufferPointer
    private var position = 0

    /// - Parameter source: must outlive the reader.
    public init(_ source: UnsafeRawBufferPointer) { self.source = source }

    private var remaining: Int { source.count - position }

    /// - Throws: `invalidData` at the end of the bytes, as the others.
    public mutating func bytes(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw OctetError(.invalidData, "the data ends early", expected: "\(count) bytes", found: "\(remaining)")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: source[position..<position + count])
    }

    public mutating func int() throws -> Int {
        Int(Int64(bitPattern: UInt64(littleEndian: try bytes(8).loadUnaligned(as: UInt64.self))))
    }

    public mutating func float() throws -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: try int())) }

    /// Skips what ``ByteWriter/pad(to:)`` added.
    public mutating func align(to alignment: Int) throws {
        _ = try bytes((alignment - position % alignment) % alignment)
    }

    public mutating func bool() throws -> Bool { try int() != 0 }

    public mutating func block() throws -> [UInt8] { Array(try bytes(try int())) }

    public mutating func string() throws -> String { String(decoding: try block(), as: UTF8.self) }

    /// - Parameter body: reads one element, of at least 8 bytes.
    public mutating func array<Element>(_ body: (inout ByteReader) throws -> Element) throws -> [Element] {
        let count = try int()
        guard count >= 0, count <= remaining / 8 else {
            throw OctetError(.invalidData, "a list is longer than the data", found: "\(count) elements")
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try body(&self)) }
        return elements
    }

    public mutating func optional<Wrapped>(_ body: (inout ByteReader) throws -> Wrapped) throws -> Wrapped? {
        try bool() ? try body(&self) : nil
    }
}

extension ByteWriter {
    public mutating func append(_ parameters: QuantizationParameters) {
        append(parameters.scales) { $1.append($0) }
        append(parameters.zeroPoints) { $1.append(Int($0)) }
        append(parameters.axis) { $1.append($0) }
        append(parameters.blockSize) { $1.append($0) }
    }

    public mutating func append(_ type: TensorType) {
        append(type.elementType.rawValue)
        append(type.shape) { shape, writer in
            writer.append(shape) { dimension, writer in
                switch dimension {
                case .fixed(let extent):
                    writer.append(0)
                    writer.append(extent)
                case .symbol(let name):
                    writer.append(1)
                    writer.append(name)
                case .unknown: writer.append(2)
                }
            }
        }
        append(type.quantization) { $1.append($0) }
    }
}

extension ByteReader {
    public mutating func elementType() throws -> ElementType {
        let name = try string()
        guard let type = ElementType(rawValue: name) else {
            throw OctetError(.invalidData, "an element type is not known", found: name)
        }
        return type
    }

    public mutating func quantizationParameters() throws -> QuantizationParameters {
        QuantizationParameters(
            scales: try array { try $0.float() },
            zeroPoints: try array { reader in Int32(truncatingIfNeeded: try reader.int()) },
            axis: try optional { try $0.int() }, blockSize: try optional { try $0.int() })
    }

    public mutating func tensorType() throws -> TensorType {
        let elementType = try elementType()
        let shape = try optional { reader in
            try reader.array { reader -> Dimension in
                switch try reader.int() {
                case 0: .fixed(try reader.int())
                case 1: .symbol(try reader.string())
                default: .unknown
                }
            }
        }
        return TensorType(elementType, shape: shape, quantization: try optional { try $0.quantizationParameters() })
    }
}
