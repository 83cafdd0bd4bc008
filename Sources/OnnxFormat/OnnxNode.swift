internal import ModelGraph
internal import TensorCore

/// A node between the file and the graph: attributes by name, inputs and outputs by tensor name ("" = left out).
///
/// Reading consumes attributes; one that no row asked for makes the node opaque, so nothing is dropped silently.
struct OnnxNode {
    var type: String
    var domain: String
    var name: String
    var inputs: [String]
    var outputs: [String]
    var attributes: OnnxAttributes
    /// The version of the node's operator set in the file being read or written.
    var version: Int
    /// Outer values that the node's subgraphs use. In the graph they are further inputs of the node, and the last
    /// inputs of each of its subgraphs, in this order.
    ///
    /// Reading: filled in before the row reads. Writing: the row of an operator with subgraphs moves them here out of
    /// `inputs` by ``splitCaptures(_:)``.
    var captures: [String] = []
    /// Constants that a row adds because an attribute became an input in a later version, or the reverse.
    var addedConstants: [(name: String, tensor: Tensor)] = []
    /// The contents of an input if it is a constant.
    var constantInput: (Int) -> Tensor? = { _ in nil }
    /// Writing only: the types of the inputs and outputs in the graph, `nil` where left out or no tensor.
    var inputTypes: [TensorType?] = []
    var outputTypes: [TensorType?] = []
    /// Writing only: the lowest version of the operator set in which this use of the operator exists.
    private(set) var requiredVersion = 1

    /// Writing: says that this use of the operator needs a version of its operator set. When the file being written
    /// has a lower one, the whole file is written again with this one.
    mutating func requireVersion(_ version: Int) {
        requiredVersion = max(requiredVersion, version)
    }

    /// Writing: takes the operator of this name in another domain, which means the same.
    mutating func move(to domain: String) {
        self.domain = domain
        requiredVersion = 1
    }

    /// Gives the node a constant as input `index`; missing inputs before it are left out.
    mutating func setConstantInput(_ index: Int, _ suffix: String, _ tensor: Tensor) {
        while inputs.count <= index { inputs.append("") }
        let base = outputs.first { !$0.isEmpty } ?? name
        let constantName = "\(base)_\(suffix)"
        addedConstants.append((constantName, tensor))
        inputs[index] = constantName
    }

    /// Takes the last input off the node because an older version has an attribute in its place (writing only).
    /// - Returns: its contents; `nil` when the node has no such input.
    /// - Throws: `unsupported` when the input is not a constant, or others follow it.
    mutating func takeConstantInput(_ index: Int) throws -> Tensor? {
        while inputs.last == "" { inputs.removeLast() }
        guard index < inputs.count, !inputs[index].isEmpty else { return nil }
        guard let tensor = constantInput(index), inputs.count == index + 1 else {
            throw OctetError(
                .unsupported, "input \(index) is an attribute in operator set \(version) and must be constant there",
                node: name, operatorName: type, remedy: "Write the model with a newer operator set")
        }
        inputs.removeLast()
        return tensor
    }

    /// Writing: the last `count` inputs are what the node's subgraphs capture.
    mutating func splitCaptures(_ count: Int) {
        captures = Array(inputs.suffix(count))
        inputs.removeLast(min(count, inputs.count))
    }
}
