internal import TensorCore
internal import WireFormats

/// A `TensorProto` turned into a tensor: borrowed from the file where its bytes stand there as they are.
struct OnnxTensorReader {
    /// What keeps the bytes of the messages alive.
    let owner: AnyObject
    let externalData: OnnxExternalData

    /// The parts of a `TensorProto` that say what it is; its elements are not touched yet.
    struct Header {
        var name = ""
        var dimensions: [Int] = []
        var dataType = 0
        var annotations: (documentation: String, properties: [(key: String, value: String)]) = ("", [])
        var raw: UnsafeRawBufferPointer?
        var isExternal = false
        var externalEntries: [(key: String, value: String)] = []
        /// The typed data fields that are there, one bit each by their numbers, and the contents when it is one packed
        /// field.
        var dataFields: UInt16 = 0
        var packed: UnsafeRawBufferPointer?
        let message: ProtobufReader
    }

    func read(_ message: ProtobufReader) throws -> (header: Header, tensor: Tensor) {
        let header = try readHeader(message)
        do {
            return (header, try tensor(header))
        } catch let error as OctetError {
            guard !header.name.isEmpty else { throw error }
            throw error.inTensor(header.name)
        }
    }

    func readHeader(_ message: ProtobufReader) throws -> Header {
        var header = Header(message: message)
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: try field.appendInts(to: &header.dimensions)
            case 2: header.dataType = try field.int()
            case 3: throw OctetError(.unsupported, "tensors in segments cannot be read")
            case 4, 5, 6, 7, 10, 11:
                let isFirst = header.dataFields == 0
                header.dataFields |= 1 << UInt16(field.number)
                if case .bytes(let slice) = field.content, isFirst {
                    header.packed = slice
                } else {
                    header.packed = nil
                }
            case 8: header.name = try field.string()
            case 9: header.raw = try field.slice()
            case 12: header.annotations.documentation = try field.string()
            case 13: header.externalEntries.append(try field.stringPair())
            case 14: header.isExternal = try field.int() == 1
            case 16: header.annotations.properties.append(try field.stringPair())
            default: break
            }
        }
        return header
    }

    private func tensor(_ header: Header) throws -> Tensor {
        let type = try OnnxElementType.type(header.dataType)
        let count = try elementCount(header.dimensions, type)
        let byteCount = type.byteCount(of: count) ?? 0
        if header.isExternal {
            guard type != .string, header.raw == nil, header.dataFields == 0 else { throw storedTwice }
            let slice = try externalData.slice(header.externalEntries, byteCount: byteCount)
            return tensor(type, header.dimensions, slice)
        }
        if let raw = header.raw, !raw.isEmpty || header.dataFields == 0 {
            guard type != .string, header.dataFields == 0 else { throw storedTwice }
            try require(raw.count, equals: byteCount, "bytes")
            return tensor(type, header.dimensions, TensorStorage(borrowing: raw, owner: owner))
        }
        let field = OnnxTensorReader.dataField(type)
        guard header.dataFields & ~(1 << UInt16(field)) == 0 else {
            throw OctetError(
                .invalidModel, "elements of \(type.rawValue) stand in the wrong field", expected: "field \(field)",
                found:
                    "field \((0..<16).filter { header.dataFields >> $0 & 1 == 1 }.map(String.init).joined(separator: ", "))"
            )
        }
        switch field {
        case 6: return try strings(header, count: count)
        case 4, 10: return try fixedWidth(header, type, byteCount: byteCount, field: field)
        default: return try varints(header, type, byteCount: byteCount, field: field)
        }
    }

    /// The element count of a shape whose sizes, strides and bytes all fit into `Int`.
    private func elementCount(_ dimensions: [Int], _ type: ElementType) throws -> Int {
        guard dimensions.count <= 64 else {
            throw OctetError(.unsupported, "a tensor has \(dimensions.count) axes", expected: "at most 64")
        }
        var room = 1
        for extent in dimensions {
            let (product, overflow) = room.multipliedReportingOverflow(by: max(extent, 1))
            guard extent >= 0, !overflow else {
                throw OctetError(.invalidModel, "a tensor has an impossible shape", found: "\(dimensions)")
            }
            room = product
        }
        guard type.byteCount(of: room) != nil else {
            throw OctetError(.invalidModel, "a tensor has an impossible shape", found: "\(dimensions)")
        }
        return dimensions.contains(0) ? 0 : room
    }

    private func tensor(_ type: ElementType, _ shape: [Int], _ storage: TensorStorage) -> Tensor {
        let stored = Tensor(type, shape: shape, storage: storage)
        // A Bool with other bits than 0 and 1 has no meaning in Swift.
        guard type == .bool else { return stored }
        return stored.withBytes { bytes in
            guard bytes.contains(where: { $0 > 1 }) else { return stored }
            let tensor = Tensor(.bool, shape: shape)
            for (index, byte) in bytes.enumerated() { tensor.storage.bytes[index] = byte == 0 ? 0 : 1 }
            return tensor
        }
    }

    private var storedTwice: OctetError {
        OctetError(.invalidModel, "the elements are stored in more than one way, or strings as bytes")
    }

    private func require(_ found: Int, equals expected: Int, _ unit: String) throws {
        guard found == expected else {
            throw OctetError(
                .invalidModel, "the data does not fill the shape", expected: "\(expected) \(unit)", found: "\(found)")
        }
    }

    /// The field that holds elements of this type one by one.
    static func dataField(_ type: ElementType) -> Int {
        switch type {
        case .float32, .complex64: 4
        case .string: 6
        case .int64: 7
        case .float64, .complex128: 10
        case .uint32, .uint64: 11
        default: 5
        }
    }

    private func fixedWidth(_ header: Header, _ type: ElementType, byteCount: Int, field: Int) throws -> Tensor {
        if let packed = header.packed {
            try require(packed.count, equals: byteCount, "bytes")
            return tensor(type, header.dimensions, TensorStorage(borrowing: packed, owner: owner))
        }
        try require(fits: byteCount, header)
        let tensor = Tensor(type, shape: header.dimensions)
        let target = tensor.storage.bytes
        var position = 0
        func put(_ bytes: UnsafeRawBufferPointer) throws {
            guard bytes.count <= byteCount - position else { throw tooLong(byteCount, "bytes") }
            UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: bytes)
            position += bytes.count
        }
        var reader = header.message
        while let element = try reader.next() {
            guard element.number == field else { continue }
            switch element.content {
            case .bytes(let slice): try put(slice)
            case .fixed32(let bits): try withUnsafeBytes(of: bits.littleEndian, put)
            case .fixed64(let bits): try withUnsafeBytes(of: bits.littleEndian, put)
            case .varint: throw OctetError(.invalidModel, "field \(field) holds integers", expected: "real numbers")
            }
        }
        try require(position, equals: byteCount, "bytes")
        return tensor
    }

    /// Integers, and narrow types by their bits. Types below a byte are packed: each number is one byte.
    private func varints(_ header: Header, _ type: ElementType, byteCount: Int, field: Int) throws -> Tensor {
        let width = type.byteStride ?? 1
        let expected = byteCount / width
        try require(fits: expected, header)
        let tensor = Tensor(type, shape: header.dimensions)
        let target = tensor.storage.bytes
        var index = 0
        var reader = header.message
        while let element = try reader.next() {
            guard element.number == field else { continue }
            try element.forEachVarint { value in
                guard index < expected else { throw tooLong(expected, "numbers") }
                let signed = Int64(bitPattern: value)
                switch width {
                case 1:
                    guard signed >= -128, signed <= 255 else { throw outOfRange(signed, type) }
                    target[index] = type == .bool ? (value == 0 ? 0 : 1) : UInt8(truncatingIfNeeded: value)
                case 2:
                    guard signed >= -(1 << 15), signed < 1 << 16 else { throw outOfRange(signed, type) }
                    let bits = UInt16(truncatingIfNeeded: value).littleEndian
                    target.storeBytes(of: bits, toByteOffset: 2 * index, as: UInt16.self)
                case 4:
                    guard signed >= -(1 << 31), signed < 1 << 32 else { throw outOfRange(signed, type) }
                    let bits = UInt32(truncatingIfNeeded: value).littleEndian
                    target.storeBytes(of: bits, toByteOffset: 4 * index, as: UInt32.self)
                default: target.storeBytes(of: value.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
                }
                index += 1
            }
        }
        try require(index, equals: expected, "numbers")
        return tensor
    }

    private func strings(_ header: Header, count: Int) throws -> Tensor {
        try require(fits: count, header)
        var strings: [String] = []
        var reader = header.message
        while let element = try reader.next() {
            if element.number == 6 { strings.append(try element.string()) }
        }
        try require(strings.count, equals: count, "strings")
        return Tensor(strings: strings, shape: header.dimensions)
    }

    /// Nothing is allocated for a shape that the message cannot fill: every element takes at least a byte of it.
    private func require(fits count: Int, _ header: Header) throws {
        guard count <= header.message.bytes.count else {
            throw OctetError(
                .invalidModel, "the data does not fill the shape", expected: "\(count) elements",
                found: "a tensor of \(header.message.bytes.count) bytes")
        }
    }

    private func tooLong(_ expected: Int, _ unit: String) -> OctetError {
        OctetError(
            .invalidModel, "the data does not fill the shape", expected: "\(expected) \(unit)", found: "more")
    }

    private func outOfRange(_ value: Int64, _ type: ElementType) -> OctetError {
        OctetError(.invalidModel, "an element does not fit into \(type.rawValue)", found: "\(value)")
    }
}

extension OctetError {
    /// The same error, naming the tensor.
    func inTensor(_ name: String) -> OctetError {
        var error = self
        error.message = "tensor '\(name)': \(message)"
        return error
    }
}

extension ProtobufField {
    /// A `StringStringEntryProto`.
    func stringPair() throws -> (key: String, value: String) {
        var pair = (key: "", value: "")
        var reader = try message()
        while let field = try reader.next() {
            switch field.number {
            case 1: pair.key = try field.string()
            case 2: pair.value = try field.string()
            default: break
            }
        }
        return pair
    }
}
