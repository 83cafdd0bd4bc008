internal import ModelGraph

/// A pattern for node names and operator types in which `*` stands for any characters.
public struct NamePattern: Sendable, Hashable {
    public let text: String
    private let pieces: [[Character]]

    public init(_ text: String) {
        self.text = text
        pieces = text.split(separator: "*", omittingEmptySubsequences: false).map(Array.init)
    }

    /// True when the whole of `name` matches.
    public func matches(_ name: String) -> Bool {
        guard let first = pieces.first, let last = pieces.last else { return name.isEmpty }
        let name = Array(name)
        guard pieces.count > 1 else { return name == first }
        guard name.count >= first.count + last.count, name.starts(with: first), name.suffix(last.count) == last[...]
        else { return false }
        var rest = name[first.count..<name.count - last.count]
        for piece in pieces.dropFirst().dropLast() {
            guard let end = Self.endOfFirst(piece, in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }

    /// True when the node's name or its operator's type matches.
    func matches(_ node: Node) -> Bool { matches(node.name) || matches(node.op.name) }

    private static func endOfFirst(_ piece: [Character], in text: ArraySlice<Character>) -> Int? {
        guard piece.count <= text.count else { return nil }
        return (text.startIndex...text.endIndex - piece.count).first { text[$0...].starts(with: piece) }
            .map { $0 + piece.count }
    }
}
