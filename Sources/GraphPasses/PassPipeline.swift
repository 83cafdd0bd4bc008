public import ModelGraph

/// Passes that run one after the other, again and again, until none finds anything to do.
public struct PassPipeline: Sendable {
    public var passes: [any GraphPass]

    public init(_ passes: [any GraphPass]) {
        self.passes = passes
    }

    /// What every float graph goes through before it is quantized or compiled.
    public static let standard = PassPipeline([
        FoldConstants(), RemoveIdentities(), FoldBatchNormalization(), FuseMatMulAdd(), FoldChannelArithmetic(),
        FoldPad(), MergeTransposes(), MergeReshapes(), RemoveUnusedNodes(),
    ])

    /// The passes' graph and what they did.
    public struct Result: Sendable {
        /// With inferred types.
        public var graph: Graph
        /// The labels of the patches applied, in order.
        public var applied: [String]
    }

    /// - Throws: `invalidModel` where the graph's types contradict.
    public func run(on graph: Graph) throws -> Result {
        var view = try GraphView(graph)
        var applied: [String] = []
        // Every pass removes nodes or makes them simpler; the bound only guards against passes that undo each other.
        for _ in 0..<16 + graph.nodeIDs.count {
            var changed = false
            for pass in passes {
                while let patch = try pass.patch(for: view) {
                    var graph = view.graph
                    try graph.apply(patch)
                    view = try GraphView(graph)
                    applied.append(patch.label)
                    changed = true
                }
            }
            if !changed { break }
        }
        var result = view.graph
        result.removeUnusedValues()
        return Result(graph: result, applied: applied)
    }
}
