import ArgumentParser
import Foundation
import Octet

/// Where a command's words go: results to standard output, everything else to standard error.
enum Console {
    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Prints words and what they stand for, in two columns.
    static func printPairs(_ pairs: [(String, String)]) {
        let width = pairs.map(\.0.count).max() ?? 0
        for (name, value) in pairs {
            print(name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value)
        }
    }

    /// A number with so many places behind the point.
    static func number(_ value: Double, _ places: Int = 2) -> String {
        String(format: "%.\(places)f", value)
    }

    /// Bytes as people read them.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<10_000: "\(count) B"
        case ..<10_000_000: number(Double(count) / 1e3, 1) + " kB"
        default: number(Double(count) / 1e6, 1) + " MB"
        }
    }
}
