internal import CCodecs
internal import TensorCore

/// What the libraries behind `CCodecs` answer, as errors.
enum Codec {
    /// - Throws: what a status other than success means.
    static func check(_ status: Int32, message: String, file: String, format: String, package: String) throws {
        switch Int(status) {
        case OCTET_CODEC_OK: return
        case OCTET_CODEC_MISSING:
            throw OctetError(
                .inputOutput, "\(format) data cannot be decoded on this machine: \(message)", file: file,
                remedy: "Install it: apt-get install \(package)")
        case OCTET_CODEC_TOO_LARGE:
            throw OctetError(.resourceLimit, "\(format) data of too many pixels: \(message)", file: file)
        default:
            throw OctetError(.invalidData, "\(format) data cannot be decoded: \(message)", file: file)
        }
    }

    /// The text in a fixed array of C characters, whatever bytes it holds.
    static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
