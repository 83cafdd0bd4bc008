public import TensorCore

/// Writes NumPy's `.npy` format, version 1.0: little-endian, C order.
public enum NumPyWriter {
    /// Writes a tensor to a file, which appears only when it is complete.
    ///
    /// Integers stay integers. What NumPy has no type for takes the nearest that holds every value: packed integers
    /// become bytes, bfloat16 becomes float32; the other narrow floating-point types are written as the bytes of
    /// their codes.
    /// - Throws: `inputOutput` when the file cannot be written.
    public static func write(_ tensor: Tensor, to path: String) throws {
        let file = try AtomicFile(path: path)
        try encode(tensor) { try file.append($0) }
        try file.commit()
    }

    /// Hands over the pieces of the file, in order.
    static func encode(_ tensor: Tensor, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        if tensor.elementType == .string { return try encodeStrings(tensor, to: sink) }
        let tensor = representable(tensor)
        let code = NumPyHeader.elementTypes.first { $0.value == tensor.elementType }?.key ?? "u1"
        let isByte = tensor.elementType.bitWidth == 8
        try header(description: (isByte ? "|" : "<") + code, shape: tensor.shape).withUnsafeBytes(sink)
        try tensor.withBytes(sink)
    }

    private static func representable(_ tensor: Tensor) -> Tensor {
        switch tensor.elementType {
        case .bfloat16: return Tensor(tensor.elements(as: BFloat16.self).map(\.float), shape: tensor.shape)
        case .int2, .int4:
            return Tensor((tensor.integers ?? []).map { Int8(truncatingIfNeeded: $0) }, shape: tensor.shape)
        case .uint2, .uint4:
            return Tensor((tensor.integers ?? []).map { UInt8(truncatingIfNeeded: $0) }, shape: tensor.shape)
        case .float4e2m1:
            let codes = tensor.withBytes { bytes in
                (0..<tensor.count).map { (bytes[$0 / 2] >> UInt8($0 % 2 * 4)) & 0xF }
            }
            return Tensor(codes, shape: tensor.shape)
        default: return tensor
        }
    }

    private static func encodeStrings(_ tensor: Tensor, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let texts = tensor.strings.map { $0.unicodeScalars.map(\.value) }
        let length = max(texts.map(\.count).max() ?? 0, 1)
        try header(description: "<U\(length)", shape: tensor.shape).withUnsafeBytes(sink)
        for text in texts {
            let padded = (text + Array(repeating: 0, count: length - text.count)).map(\.littleEndian)
            try padded.withUnsafeBytes(sink)
        }
    }

    /// Magic, version, and the description padded so that the elements begin at a multiple of 64 bytes.
    private static func header(description: String, shape: [Int]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = "{'descr': '\(description)', 'fortran_order': False, 'shape': (\(extents)), }"
        let padding = (64 - (10 + text.utf8.count + 1) % 64) % 64
        text += String(repeating: " ", count: padding) + "\n"
        let length = text.utf8.count
        return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
    }
}
