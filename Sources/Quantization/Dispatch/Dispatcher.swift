public import ModelGraph

/// Decides which nodes become integer.
///
/// To add one, add a file and put it into ``Dispatchers/all``.
public protocol Dispatcher: Sendable {
    /// The name the command's `--dispatch` takes.
    static var name: String { get }
    /// Which nodes it makes integer, in one sentence.
    static var summary: String { get }
    init()

    /// Splits the candidates, those nodes that have an integer form and were not excluded, into integer and float ones.
    /// - Returns: the reason for each candidate that stays float.
    func refuse(_ candidates: [NodeID: QuantizationRule], in graph: Graph) throws -> [NodeID: FloatReason]
}

/// Every dispatcher, the default first.
public enum Dispatchers {
    public static let all: [any Dispatcher.Type] = [
        ConservativeDispatcher.self, AggressiveDispatcher.self, PathDispatcher.self, PermissiveDispatcher.self,
    ]
}
