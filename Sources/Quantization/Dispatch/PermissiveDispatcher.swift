public import ModelGraph

/// Everything with an integer form, wherever it stands.
public struct PermissiveDispatcher: Dispatcher {
    public static let name = "all"
    public static let summary = "everything with an integer form"

    public init() {}

    public func refuse(_ candidates: [NodeID: QuantizationRule], in graph: Graph) throws -> [NodeID: FloatReason] {
        [:]
    }
}
