public import ModelGraph
internal import Operators
internal import TensorCore

/// Reads the quantization nodes of an imported graph (QuantizeLinear, DequantizeLinear and every ``QOperator``) into the
/// types of its values.
///
/// Constant parameters move into the types. An operator between such nodes becomes integer where it declares a rule and
/// every slot fits; the others stay float between border nodes. Integers of the file are carried over verbatim. What
/// the file computes changes only by the order of the roundings that integer arithmetic defines.
///
/// A float bias beside quantized data and weights is rounded to int32 in units of input scale times weight scale, half
/// to even, which runtimes do as well: it differs by at most half of that unit.
public struct RaiseQuantization {
    /// - Throws: `invalidModel` where types contradict or the graph has a cycle.
    public static func raise(_ graph: Graph) throws -> Graph {
        var raised = graph
        try raised.inferTypes()
        guard raised.nodeIDs.contains(where: { LinearBorder.isLinear(raised[$0].op) }) else { return graph }
        try LinearBorder.foldQuantizedConstants(in: &raised)
        var claims = try ParameterClaims(raised)
        try claims.apply(to: &raised)
        _ = consume claims
        var folding = IntegerFolding(consume raised)
        try folding.run()
        var result = folding.graph
        // The only copy is to be the one that is changed.
        _ = consume folding
        try BorderCleaning.clean(&result)
        result.removeUnusedValues()
        return result
    }
}
