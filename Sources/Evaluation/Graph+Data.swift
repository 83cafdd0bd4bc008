public import Datasets
public import ModelGraph
internal import TensorCore

extension Graph {
    /// What data must fill: the inputs that are tensors.
    public var datasetInputs: [DatasetInput] {
        inputs.compactMap { id in
            self[id].type.tensorType.map { DatasetInput(name: self[id].name, type: $0) }
        }
    }
}
