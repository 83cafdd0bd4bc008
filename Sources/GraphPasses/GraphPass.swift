public import ModelGraph

/// A rewrite of a graph that keeps its function.
///
/// To add one, add a file and put it into ``PassPipeline/standard``.
public protocol GraphPass: Sendable {
    /// What reports call it.
    static var name: String { get }

    /// Looks for places to rewrite.
    /// - Returns: one patch with as many rewrites as do not touch each other, or `nil` when there is nothing to do.
    ///   The pipeline asks again after applying it.
    func patch(for view: GraphView) throws -> GraphPatch?
}
