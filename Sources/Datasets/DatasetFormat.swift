/// A way in which data can be stored. To add one, write a type and hand it to ``DatasetLoader``.
public protocol DatasetFormat: Sendable {
    /// What it is, for a message that lists what is understood: "a folder of JPEG or PNG pictures".
    var summary: String { get }

    /// Whether what lies at a path is stored in this way. May look into files, but reads no samples.
    func recognizes(_ path: String) throws -> Bool

    /// Opens what ``recognizes(_:)`` accepted.
    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset
}
