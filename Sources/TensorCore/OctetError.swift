/// The error every part of Octet throws for what a file, a flag or data can cause.
///
/// An error names where it happened (file, node, operator, tensor), what was expected and found, and what to do.
/// Inner layers throw with what they know; outer layers add the rest with ``at(file:node:operator:)``.
public struct OctetError: Error, Sendable, Equatable {
    /// What sort of failure this is. Callers branch on it: conformance counts ``unsupported`` apart from the rest.
    public enum Kind: String, Sendable {
        /// A model file that is damaged or breaks the rules of its format.
        case invalidModel
        /// A valid model asks for an operator, type or attribute that Octet does not have.
        case unsupported
        /// A flag or an API argument that makes no sense.
        case invalidArgument
        /// Samples, labels or calibration data that cannot be used.
        case invalidData
        /// The operating system refused to read or write.
        case inputOutput
        /// A size above the limit that was set, refused before anything was allocated.
        case resourceLimit
    }

    public var kind: Kind
    public var message: String
    public var file: String?
    public var node: String?
    public var operatorName: String?
    public var expected: String?
    public var found: String?
    public var remedy: String?

    public init(
        _ kind: Kind, _ message: String, file: String? = nil, node: String? = nil, operatorName: String? = nil,
        expected: String? = nil, found: String? = nil, remedy: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.file = file
        self.node = node
        self.operatorName = operatorName
        self.expected = expected
        self.found = found
        self.remedy = remedy
    }

    /// The same error with the places filled in that are still unknown.
    public func at(file: String? = nil, node: String? = nil, operatorName: String? = nil) -> OctetError {
        var error = self
        error.file = error.file ?? file
        error.node = error.node ?? node
        error.operatorName = error.operatorName ?? operatorName
        return error
    }
}

extension OctetError: CustomStringConvertible {
    public var description: String {
        var place: [String] = []
        if let file { place.append(file) }
        if let operatorName { place.append("operator \(operatorName)") }
        if let node, !node.isEmpty { place.append("node '\(node)'") }
        var text = place.isEmpty ? message : place.joined(separator: ", ") + ": " + message
        if let expected { text += "; expected \(expected)" }
        if let found { text += "; found \(found)" }
        if let remedy { text += ". \(remedy)" }
        return text
    }
}
