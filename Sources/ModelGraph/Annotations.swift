/// What a model file says about a part of it to people and tools: carried along, never interpreted.
public struct Annotations: Sendable {
    public var documentation: String
    /// Further entries in the file's order.
    public var properties: [(key: String, value: String)]

    /// Annotations that say this; by default nothing.
    public init(documentation: String = "", properties: [(key: String, value: String)] = []) {
        self.documentation = documentation
        self.properties = properties
    }

    public var isEmpty: Bool { documentation.isEmpty && properties.isEmpty }
}
