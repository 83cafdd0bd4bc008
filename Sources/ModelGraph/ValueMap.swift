/// A dictionary from the values of a graph that looks up by index: nothing is hashed.
public struct ValueMap<Element> {
    private var slots: [Element?]

    /// - Parameter capacity: one more than the greatest index that will be used; it grows where that was too little.
    public init(capacity: Int = 0) {
        slots = Array(repeating: nil, count: capacity)
    }

    public subscript(_ id: ValueID) -> Element? {
        get { id.index < slots.count ? slots[id.index] : nil }
        set {
            if id.index >= slots.count {
                guard newValue != nil else { return }
                slots.append(contentsOf: repeatElement(nil, count: id.index + 1 - slots.count))
            }
            slots[id.index] = newValue
        }
    }

    /// The values that have an element, in the order of their indices.
    public var keys: [ValueID] {
        slots.indices.lazy.filter { slots[$0] != nil }.map { ValueID($0) }
    }
}

extension ValueMap: Sendable where Element: Sendable {}
