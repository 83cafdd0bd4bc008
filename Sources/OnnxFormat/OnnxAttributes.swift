/// The attributes of a node by name. There are few, so they are looked for one after the other: nothing is hashed.
struct OnnxAttributes: Sendable, ExpressibleByDictionaryLiteral {
    /// The most that a node of a file may have.
    static let limit = 256

    private var entries: [(name: String, value: OnnxAttribute)] = []

    init(dictionaryLiteral elements: (String, OnnxAttribute)...) {
        for (name, value) in elements { self[name] = value }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// In alphabetical order.
    var sorted: [(name: String, value: OnnxAttribute)] { entries.sorted { $0.name < $1.name } }

    /// The only attribute; `nil` when there are none or several.
    var only: (name: String, value: OnnxAttribute)? { entries.count == 1 ? entries[0] : nil }

    subscript(_ name: String) -> OnnxAttribute? {
        get { entries.first { $0.name == name }?.value }
        set {
            guard let newValue else {
                _ = take(name)
                return
            }
            if let index = entries.firstIndex(where: { $0.name == name }) {
                entries[index].value = newValue
            } else {
                entries.append((name, newValue))
            }
        }
    }

    /// Removes an attribute.
    /// - Returns: its value; `nil` when it is not there.
    mutating func take(_ name: String) -> OnnxAttribute? {
        guard let index = entries.firstIndex(where: { $0.name == name }) else { return nil }
        return entries.remove(at: index).value
    }

    /// Adds an attribute.
    /// - Returns: false when there is one of that name.
    mutating func add(_ name: String, _ value: OnnxAttribute) -> Bool {
        guard !entries.contains(where: { $0.name == name }) else { return false }
        entries.append((name, value))
        return true
    }

    mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }
}
