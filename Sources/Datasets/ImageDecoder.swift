internal import TensorCore

/// Reads JPEG and PNG files. What a file is, its first bytes tell, not its name.
///
/// On Linux by libjpeg-turbo and libpng, loaded when they are first needed, with the settings of Pillow: the samples
/// equal those of `Image.open(path).convert("RGB")`. On Apple platforms by ImageIO, whose samples may differ in the
/// last bit.
public enum ImageDecoder {
    /// A picture with more pixels is refused before memory is taken for it (the limit at which Pillow refuses).
    public static let mostPixels = 178_956_970

    /// Whether a file is taken for a picture when a folder is read.
    static func isImageName(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") || name.hasSuffix(".png")
    }

    /// Decodes a file to three channels: grey is repeated, alpha dropped.
    /// - Throws: `invalidData` when the file is no picture or a damaged one, `inputOutput` when it cannot be read or
    ///   the library that could decode it is not installed, `resourceLimit` above ``mostPixels``.
    public static func decode(path: String) throws -> Image {
        try MappedFile(path: path).withBytes { bytes in
            switch Format(bytes) {
            case .jpeg?: return try decodeJPEG(bytes, path: path)
            case .png?: return try decodePNG(bytes, path: path)
            case nil:
                throw OctetError(
                    .invalidData, bytes.isEmpty ? "is empty" : "is no picture", file: path,
                    expected: "a JPEG or PNG file")
            }
        }
    }

    private enum Format {
        case jpeg
        case png

        init?(_ bytes: UnsafeRawBufferPointer) {
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else {
                return nil
            }
        }
    }
}
