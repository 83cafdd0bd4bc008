/// What names a part of a graph: a number that is never given twice.
public protocol GraphIdentifier: Hashable, Sendable, Comparable {
    var index: Int { get }

    init(_ index: Int)
}

/// A dictionary from the values or the nodes of a graph that looks up by index: nothing is hashed.
@frozen public struct IdentifierMap<ID: GraphIdentifier, Element> {
    @usableFromInline var slots: [Element?]

    /// - Parameter capacity: one more than the greatest index that will be used; it grows where that was too little.
    @inlinable public init(capacity: Int = 0) {
        slots = Array(repeating: nil, count: capacity)
    }

    @inlinable public subscript(_ id: ID) -> Element? {
        get { id.index < slots.count ? slots[id.index] : nil }
        set {
            if id.index >= slots.count {
                guard newValue != nil else { return }
                slots.append(contentsOf: repeatElement(nil, count: id.index + 1 - slots.count))
            }
            slots[id.index] = newValue
        }
    }

    /// Makes room without adding anything.
    @inlinable public mutating func reserveCapacity(_ capacity: Int) { slots.reserveCapacity(capacity) }
}

extension IdentifierMap: Sendable where Element: Sendable {}

public typealias ValueMap<Element> = IdentifierMap<ValueID, Element>
public typealias NodeMap<Element> = IdentifierMap<NodeID, Element>
