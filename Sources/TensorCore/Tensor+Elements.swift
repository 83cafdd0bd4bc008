extension Tensor {
    /// Calls `body` with the bytes of the elements, which stay in memory at least until it returns.
    @inlinable
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let size = byteCount
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset..<byteOffset + size]))
    }

    /// Calls `body` with the elements. Memory whose place in a file is not aligned is copied for the call.
    @inlinable
    public func withElements<Element: TensorElement, Result, Failure: Error>(
        as type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(elementType == Element.elementType, "a tensor of \(elementType) read as \(Element.elementType)")
        let count = self.count
        defer { withExtendedLifetime(storage) {} }
        guard count > 0, let base = storage.bytes.baseAddress else {
            return try body(UnsafeBufferPointer(start: nil, count: 0))
        }
        let start = UnsafeRawPointer(base + byteOffset)
        if Int(bitPattern: start) % MemoryLayout<Element>.alignment == 0 {
            return try body(UnsafeBufferPointer(start: start.assumingMemoryBound(to: Element.self), count: count))
        }
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
        defer { copy.deallocate() }
        UnsafeMutableRawBufferPointer(copy).copyMemory(from: UnsafeRawBufferPointer(start: start, count: byteCount))
        return try body(UnsafeBufferPointer(copy))
    }

    /// Calls `body` with the elements of a tensor that is still being filled.
    @inlinable
    public func withMutableElements<Element: TensorElement, Result, Failure: Error>(
        as type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(elementType == Element.elementType, "a tensor of \(elementType) written as \(Element.elementType)")
        precondition(storage.isWritable, "this tensor's memory belongs to a file")
        defer { withExtendedLifetime(storage) {} }
        guard count > 0, let base = storage.bytes.baseAddress else {
            return try body(UnsafeMutableBufferPointer(start: nil, count: 0))
        }
        let start = (base + byteOffset).assumingMemoryBound(to: Element.self)
        return try body(UnsafeMutableBufferPointer(start: start, count: count))
    }

    /// The elements as an array.
    @inlinable
    public func elements<Element: TensorElement>(as type: Element.Type) -> [Element] {
        withElements(as: type) { Array($0) }
    }

    /// The elements of a string tensor.
    public var strings: [String] {
        Array(storage.strings[byteOffset..<byteOffset + count])
    }

    /// Replaces the elements of a string tensor that is still being filled.
    public func setStrings(_ strings: [String]) {
        precondition(elementType == .string && strings.count == count && byteOffset == 0)
        storage.strings = strings
    }
}
