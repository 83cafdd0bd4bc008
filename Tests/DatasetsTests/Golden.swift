import Foundation
import Testing

/// A picture and what the reference makes of it, both in base 64.
struct Golden: CustomTestStringConvertible {
    let name: String
    let width: Int
    let height: Int
    private let sourceText: String
    private let resultText: String

    init(_ name: String, _ width: Int, _ height: Int, source: String, result: String) {
        self.name = name
        self.width = width
        self.height = height
        sourceText = source
        resultText = result
    }

    var testDescription: String { name }

    var source: [UInt8] { Self.bytes(sourceText) }

    var result: [UInt8] { Self.bytes(resultText) }

    static func bytes(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text) ?? Data()) }
}
