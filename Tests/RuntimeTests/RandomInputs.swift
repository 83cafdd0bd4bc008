import ModelGraph
import TensorCore

/// Float inputs of a network, open dimensions taken as 1; the same on every run.
func randomInputs(_ graph: Graph) -> [Tensor] {
    var state: UInt64 = 7
    return graph.inputs.map { id in
        let shape = (graph[id].type.tensorType?.shape ?? []).map { $0.value ?? 1 }
        let values = (0..<shape.reduce(1, *)).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-30
        }
        return Tensor(values, shape: shape)
    }
}
