public import Datasets
public import ModelGraph
internal import OnnxFormat
internal import TensorCore

/// Opens data for a network, in every form that the command understands.
public enum DataSource {
    /// - Parameters:
    ///   - graph: the network whose inputs the samples must fit.
    ///   - labels: a file of labels; see ``Labels``.
    /// - Throws: `invalidData` naming what does not fit, `inputOutput` when there is nothing at the path.
    public static func open(
        _ path: String, for graph: Graph, preprocessing: Preprocessing = .none, labels: String? = nil,
        labelOffset: Int = 0
    ) throws -> any Dataset {
        try DatasetLoader(additional: [OnnxTestDataFormat()]).open(
            path: path, preprocessing: preprocessing, inputs: graph.datasetInputs, labels: labels,
            labelOffset: labelOffset)
    }
}
