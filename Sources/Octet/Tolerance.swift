internal import Foundation
internal import ModelGraph
internal import TensorCore

/// How far results may lie from those expected: |found − expected| ≤ absolute + relative · |expected|.
struct Tolerance {
    var relative = 1e-3
    var absolute = 1e-7

    /// Reads "relative absolute" from a file if it is there.
    init(path: String) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 2 else { return }
        relative = numbers[0]
        absolute = numbers[1]
    }

    /// What differs, `nil` when nothing does.
    func difference(_ expected: Datum, _ found: Datum) -> String? {
        switch (expected, found) {
        case (.tensor(let expected), .tensor(let found)): return difference(expected, found)
        case (.optional(let expected?), .optional(let found?)): return difference(expected, found)
        case (.optional(nil), .optional(nil)): return nil
        case (.sequence(let expected), .sequence(let found)):
            guard expected.count == found.count else {
                return "a sequence of \(expected.count) expected, \(found.count) found"
            }
            return zip(expected, found).lazy.compactMap { difference($0, $1) }.first
        default: return "\(expected.type) expected, \(found.type) found"
        }
    }

    private func difference(_ expected: Tensor, _ found: Tensor) -> String? {
        guard expected.elementType == found.elementType, expected.shape == found.shape else {
            return "\(expected.type) expected, \(found.type) found"
        }
        if expected.elementType == .string {
            return expected.strings == found.strings ? nil : "the strings differ"
        }
        guard let wanted = numbers(expected), let got = numbers(found) else {
            let isEqual = expected.withBytes { left in found.withBytes { left.elementsEqual($0) } }
            return isEqual ? nil : "the elements differ"
        }
        guard let index = wanted.indices.first(where: { !isClose(got[$0], wanted[$0]) }) else { return nil }
        return "element \(index) of \(wanted.count): \(wanted[index]) expected, \(got[index]) found"
    }

    private func numbers(_ tensor: Tensor) -> [Double]? {
        tensor.elementType == .float64 ? tensor.elements(as: Double.self) : tensor.floats?.map(Double.init)
    }

    private func isClose(_ found: Double, _ expected: Double) -> Bool {
        if found == expected || found.isNaN && expected.isNaN { return true }
        return abs(found - expected) <= absolute + relative * abs(expected)
    }
}
