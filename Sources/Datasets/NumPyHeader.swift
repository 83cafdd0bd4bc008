internal import TensorCore

/// The head of a `.npy` file (NumPy enhancement proposal 1, versions 1 to 3).
struct NumPyHeader {
    /// What one element of the file is.
    enum Element: Equatable {
        case plain(ElementType)
        /// Text of so many characters, four bytes each (`U`) or one (`S`).
        case text(characters: Int, bytesPerCharacter: Int)
    }

    let element: Element
    let isBigEndian: Bool
    let isFortranOrder: Bool
    let shape: [Int]
    /// Where the elements begin.
    let dataOffset: Int

    /// Bytes from one element to the next.
    var itemSize: Int {
        switch element {
        case .plain(let type): type.byteStride ?? 1
        case .text(let characters, let width): characters * width
        }
    }

    /// - Throws: `invalidData` when it is no `.npy` file or a damaged one, `unsupported` for objects and records.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count >= 10, bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
            throw OctetError(.invalidData, "is no .npy file", expected: "the six bytes \\x93NUMPY at its start")
        }
        let version = bytes[6]
        guard 1...3 ~= version, version == 1 || bytes.count >= 12 else {
            throw OctetError(
                .invalidData, "is of an unknown version of .npy", expected: "1, 2 or 3", found: "\(version)")
        }
        let sizeBytes = version == 1 ? 2 : 4
        let length = (0..<sizeBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = 8 + sizeBytes
        guard length <= bytes.count - start, length <= 1 << 20 else {
            throw OctetError(.invalidData, "has a head that is cut off", found: "\(length) bytes of head announced")
        }
        dataOffset = start + length
        let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
        let fields = try PythonLiteral.parseDictionary(text)
        guard case .text(let description)? = fields["descr"], case .flag(let fortran)? = fields["fortran_order"],
            case .tuple(let extents)? = fields["shape"]
        else {
            if case .other? = fields["descr"] {
                throw OctetError(.unsupported, "holds records", expected: "plain numbers")
            }
            throw OctetError(
                .invalidData, "has a damaged head", expected: "descr, fortran_order and shape", found: text)
        }
        shape = extents
        isFortranOrder = fortran && extents.count > 1
        (element, isBigEndian) = try Self.element(description)
        // Empty axes count as one, so that no product of some of the extents overflows either.
        guard extents.count <= 64, let bound = Self.checkedProduct(extents.map { max($0, 1) } + [max(itemSize, 1)]),
            extents.contains(0) || bound <= bytes.count - dataOffset || itemSize == 0
        else {
            throw OctetError(
                .invalidData, "is shorter than its shape says", expected: "\(extents) of \(description)",
                found: "\(bytes.count - dataOffset) bytes")
        }
    }

    private static func checkedProduct(_ extents: [Int]) -> Int? {
        var product = 1
        for extent in extents {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }

    private static func element(_ description: String) throws -> (Element, isBigEndian: Bool) {
        var code = description[...]
        let isBigEndian = code.first == ">"
        if let first = code.first, "<>|=".contains(first) { code = code.dropFirst() }
        if let type = elementTypes[String(code)] { return (.plain(type), isBigEndian) }
        if let kind = code.first, kind == "U" || kind == "S", let characters = Int(code.dropFirst()),
            0...1 << 24 ~= characters
        {
            return (.text(characters: characters, bytesPerCharacter: kind == "U" ? 4 : 1), isBigEndian)
        }
        throw OctetError(
            .unsupported, "holds elements of an unsupported type", expected: "numbers, Booleans or text",
            found: description)
    }

    /// NumPy's codes, without the byte order.
    static let elementTypes: [String: ElementType] = [
        "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128, "b1": .bool,
        "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32,
        "u8": .uint64,
    ]
}
