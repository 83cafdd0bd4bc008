/// The extent of one axis as far as it is known before data arrives.
public enum Dimension: Sendable, Hashable {
    case fixed(Int)
    /// A named extent (`N`, `batch`); equal names are equal extents.
    case symbol(String)
    case unknown

    public var value: Int? {
        if case .fixed(let extent) = self { extent } else { nil }
    }
}

extension Dimension: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .fixed(value) }
}

extension Dimension: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fixed(let extent): String(extent)
        case .symbol(let name): name
        case .unknown: "?"
        }
    }
}
