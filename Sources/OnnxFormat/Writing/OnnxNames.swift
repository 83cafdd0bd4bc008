internal import ModelGraph

/// The tensor names of one graph: those the values have, made unique, and unlike any name of the graphs around it.
struct OnnxNames {
    private(set) var used: Set<String>
    private var names: [ValueID: String] = [:]
    /// The suffix to try next for a name that is taken.
    private var suffixes: [String: Int] = [:]

    /// - Parameters:
    ///   - outer: the names that the surrounding graphs use.
    ///   - captures: the outer names of the graph's last inputs.
    init(_ graph: Graph, outer: Set<String>, captures: [String]) {
        used = outer
        for (id, name) in zip(graph.inputs.suffix(captures.count), captures) { names[id] = name }
        for id in graph.inputs + graph.outputs + graph.valueIDs where names[id] == nil {
            let base = graph[id].name
            names[id] = add(base.isEmpty ? "value_\(id.index)" : base)
        }
    }

    subscript(_ id: ValueID) -> String { names[id] ?? "" }

    /// Takes `base`, or a name like it, for a new tensor.
    mutating func add(_ base: String) -> String {
        var name = base
        while !used.insert(name).inserted {
            let suffix = suffixes[base, default: 1]
            suffixes[base] = suffix + 1
            name = "\(base)_\(suffix)"
        }
        return name
    }
}
