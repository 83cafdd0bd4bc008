/// New names for values that are added to a graph, each unlike all others.
///
/// The graph's own names are collected when the first is asked for; what is added after that must be named by the same
/// `ValueNames`.
public struct ValueNames: Sendable {
    private var used: Set<String> = []
    /// The last number that was put behind a name.
    private var numbers: [String: Int] = [:]

    public init() {}

    /// `base` if no value has that name, else `base_1`, `base_2` or what follows.
    public mutating func unused(_ base: String, in graph: Graph) -> String {
        if used.isEmpty {
            used.reserveCapacity(graph.valueCapacity)
            for id in graph.valueIDs { used.insert(graph[id].name) }
        }
        if used.insert(base).inserted { return base }
        var number = numbers[base] ?? 0
        while true {
            number += 1
            let name = "\(base)_\(number)"
            guard used.insert(name).inserted else { continue }
            numbers[base] = number
            return name
        }
    }
}
