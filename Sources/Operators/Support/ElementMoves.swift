internal import TensorCore

extension Tensor {
    /// Copies single elements of the same type: element `from[i]` of `source` to place `to[i]` of this tensor.
    /// - Parameter to: `nil` fills the places in order.
    /// - Throws: `unsupported` for packed element types.
    func setElements(of source: Tensor, from: [Int], to: [Int]? = nil) throws {
        switch elementType.byteStride {
        case 1: move(UInt8.self, source, from, to)
        case 2: move(UInt16.self, source, from, to)
        case 4: move(UInt32.self, source, from, to)
        case 8: move(UInt64.self, source, from, to)
        case 16: move(SIMD2<UInt64>.self, source, from, to)
        case .some, nil:
            guard elementType == .string else {
                throw OctetError(.unsupported, "no evaluation for elements of type \(elementType.rawValue)")
            }
            let strings = source.strings
            var result = self.strings
            for index in from.indices { result[to?[index] ?? index] = strings[from[index]] }
            setStrings(result)
        }
    }

    private func move<Word: BitwiseCopyable>(_ type: Word.Type, _ source: Tensor, _ from: [Int], _ to: [Int]?) {
        let width = MemoryLayout<Word>.size
        source.withBytes { bytes in
            guard let input = bytes.baseAddress, let base = storage.bytes.baseAddress else { return }
            let output = base + byteOffset
            for index in from.indices {
                let word = input.loadUnaligned(fromByteOffset: from[index] * width, as: Word.self)
                output.storeBytes(of: word, toByteOffset: (to?[index] ?? index) * width, as: Word.self)
            }
        }
    }

    /// Fills this tensor with `source` seen as `view` and with its axes permuted.
    func setElements(of source: Tensor, view: [Int], permutation: [Int]) throws {
        let strides = Tensor.rowMajorStrides(view)
        let extents = permutation.map { view[$0] }
        let nest = LoopNest(extents, strides: [permutation.map { strides[$0] }, Tensor.rowMajorStrides(extents)])
        try nest.copy(from: source, to: self)
    }
}
