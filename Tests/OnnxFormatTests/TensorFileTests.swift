import Foundation
import ModelGraph
import OnnxFormat
import TensorCore
import TestSupport
import Testing
import WireFormats

/// Files of one value; the declared type says what is in them.
struct TensorFileTests {
    static let tensor = Tensor([1, 2, 3] as [Int64], shape: [3])

    static let values: [Datum] = [
        .tensor(tensor), .sequence([]), .sequence([.tensor(tensor), .tensor(Tensor(scalar: 1 as Float))]),
        .optional(nil), .optional(.tensor(tensor)), .optional(.sequence([.tensor(tensor)])),
        .sequence([.sequence([.tensor(tensor)]), .sequence([])]), .sequence([.optional(.tensor(tensor))]),
    ]

    @Test(arguments: values.indices)
    func aValueSurvives(index: Int) throws {
        let value = TensorFileTests.values[index]
        let scratch = try ScratchFolder()
        try OnnxTensorFile.write(value, name: "value", to: scratch("value.pb"))
        let copy = try OnnxTensorFile.read(path: scratch("value.pb"), type: value.type)
        #expect(describe(copy) == describe(value))
    }

    @Test func damageNamesTheFile() throws {
        let scratch = try ScratchFolder()
        try AtomicFile.write([0x08, 0x03], to: scratch("value.pb"))
        let error = failure {
            _ = try OnnxTensorFile.read(path: scratch("value.pb"), type: .tensor(.float32, nil))
        }
        #expect(error?.file == scratch("value.pb"))
    }

    private func describe(_ value: Datum) -> String {
        switch value {
        case .tensor(let tensor): "\(tensor.type)#\(tensor.contentHash)"
        case .sequence(let elements): "[\(elements.map(describe).joined(separator: ", "))]"
        case .optional(let wrapped): "optional(\(wrapped.map(describe) ?? ""))"
        }
    }
}
