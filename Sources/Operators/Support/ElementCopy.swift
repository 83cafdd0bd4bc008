internal import TensorCore

extension LoopNest {
    /// Copies elements of any unpacked type: operand 0 of the nest is read from `source`, operand 1 written to `target`.
    /// - Throws: `unsupported` for packed element types.
    func copy(from source: Tensor, sourceOrigin: Int = 0, to target: Tensor, targetOrigin: Int = 0) throws {
        let origins = [sourceOrigin, targetOrigin]
        switch source.elementType.byteStride {
        case 1: copy(UInt8.self, source, target, origins)
        case 2: copy(UInt16.self, source, target, origins)
        case 4: copy(UInt32.self, source, target, origins)
        case 8: copy(UInt64.self, source, target, origins)
        case 16: copy(SIMD2<UInt64>.self, source, target, origins)
        case .some, nil:
            guard source.elementType == .string else {
                throw OctetError(.unsupported, "no evaluation for elements of type \(source.elementType.rawValue)")
            }
            let strings = source.strings
            var result = target.strings
            forEachRun(from: origins) { starts, steps, length in
                for index in 0..<length { result[starts[1] + index * steps[1]] = strings[starts[0] + index * steps[0]] }
            }
            target.setStrings(result)
        }
    }

    private func copy<Word: BitwiseCopyable>(
        _ type: Word.Type, _ source: Tensor, _ target: Tensor, _ origins: [Int]
    ) {
        let width = MemoryLayout<Word>.size
        source.withBytes { bytes in
            guard let input = bytes.baseAddress, let base = target.storage.bytes.baseAddress else { return }
            let output = base + target.byteOffset
            forEachRun(from: origins) { starts, steps, length in
                let from = input + starts[0] * width
                let to = output + starts[1] * width
                if steps[0] == 1 && steps[1] == 1 {
                    to.copyMemory(from: from, byteCount: length * width)
                    return
                }
                for index in 0..<length {
                    let word = from.loadUnaligned(fromByteOffset: index * steps[0] * width, as: Word.self)
                    to.storeBytes(of: word, toByteOffset: index * steps[1] * width, as: Word.self)
                }
            }
        }
    }
}

extension Tensor {
    /// Fills this tensor with the elements of another of the same element type and count, in order.
    func setElements(of source: Tensor) {
        if elementType == .string {
            setStrings(source.strings)
        } else {
            source.withBytes { bytes in
                guard let from = bytes.baseAddress, let to = storage.bytes.baseAddress else { return }
                (to + byteOffset).copyMemory(from: from, byteCount: byteCount)
            }
        }
    }
}
