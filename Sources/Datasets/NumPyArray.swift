public import TensorCore

/// An array in NumPy's `.npy` format, in a mapped file or inside an archive; its elements are read when asked for.
///
/// C and Fortran order, both byte orders, every element type of NumPy that a tensor can hold, text included.
public struct NumPyArray: Sendable {
    /// What one element becomes in a tensor.
    public let elementType: ElementType
    /// Extents of the axes, outermost first.
    public let shape: [Int]
    private let header: NumPyHeader
    private let storage: TensorStorage

    /// Maps a `.npy` file.
    /// - Throws: `invalidData` when it is damaged, `unsupported` for objects and records.
    public init(path: String) throws {
        try self.init(TensorStorage(try MappedFile(path: path)), file: path)
    }

    init(_ storage: TensorStorage, file: String) throws {
        do {
            header = try NumPyHeader(UnsafeRawBufferPointer(storage.bytes))
        } catch let error as OctetError {
            throw error.at(file: file)
        }
        if case .plain(let type) = header.element { elementType = type } else { elementType = .string }
        shape = header.shape
        self.storage = storage
    }

    /// The whole array. Memory of the file is shared where its order allows.
    public func tensor() -> Tensor {
        tensor(shape: shape, first: 0, strides: strides)
    }

    /// What one index of the first axis holds; the array must have an axis.
    public func row(_ index: Int) -> Tensor {
        precondition(!shape.isEmpty && 0..<shape[0] ~= index, "row \(index) of shape \(shape)")
        return tensor(shape: Array(shape.dropFirst()), first: index * strides[0], strides: Array(strides.dropFirst()))
    }

    /// From one index of an axis to the next, in elements.
    private var strides: [Int] {
        guard header.isFortranOrder else { return Tensor.rowMajorStrides(shape) }
        return Array(Tensor.rowMajorStrides(shape.reversed()).reversed())
    }

    private func tensor(shape: [Int], first: Int, strides: [Int]) -> Tensor {
        let size = header.itemSize
        let offset = header.dataOffset + first * size
        let isInOrder = strides == Tensor.rowMajorStrides(shape)
        switch header.element {
        case .text(let characters, let width):
            let strings = offsets(shape: shape, strides: strides).map {
                text(at: offset + $0 * size, characters: characters, width: width)
            }
            return Tensor(strings: strings, shape: shape)
        case .plain(let type):
            if isInOrder && !(header.isBigEndian && size > 1) && type != .bool {
                return Tensor(type, shape: shape, storage: storage, byteOffset: offset)
            }
            let result = Tensor(type, shape: shape)
            gather(
                into: result.storage.bytes, from: offset, offsets: offsets(shape: shape, strides: strides),
                size: size, type: type)
            return result
        }
    }

    /// Where the elements lie, in the order a row-major tensor wants them.
    private func offsets(shape: [Int], strides: [Int]) -> [Int] {
        var offsets = [0]
        for (extent, stride) in zip(shape, strides) {
            offsets = offsets.flatMap { base in (0..<extent).map { base + $0 * stride } }
        }
        return offsets
    }

    private func gather(
        into target: UnsafeMutableRawBufferPointer, from start: Int, offsets: [Int], size: Int, type: ElementType
    ) {
        let isComplex = type == .complex64 || type == .complex128
        let word = header.isBigEndian ? (isComplex ? size / 2 : size) : 1
        for (index, offset) in offsets.enumerated() {
            for byte in 0..<size {
                let source = byte / word * word + (word - 1 - byte % word)
                let value = storage.bytes[start + offset * size + source]
                target[index * size + byte] = type == .bool ? min(value, 1) : value
            }
        }
    }

    private func text(at start: Int, characters: Int, width: Int) -> String {
        var text = String.UnicodeScalarView()
        for character in 0..<characters {
            var code: UInt32 = 0
            for byte in 0..<width {
                let shift = header.isBigEndian ? width - 1 - byte : byte
                code |= UInt32(storage.bytes[start + character * width + byte]) << UInt32(8 * shift)
            }
            text.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        while text.last == "\0" { text.removeLast() }
        return String(text)
    }
}
