import Octet
import TestSupport
import Testing

/// A trained classifier of the development set with its data.
struct TrainedNetwork: Sendable, CustomTestStringConvertible {
    let name: String
    let preprocessing: Preprocessing
    /// Below the folder of data, as the others.
    let calibration: String
    let evaluation: String
    var labels: String?
    /// The class of label 0.
    var labelOffset = 0
    /// What the collection's README states for the float network, in per cent.
    let statedTop1: Double

    var testDescription: String { name }
    var path: String { TestData.model(name) }

    static let all: [TrainedNetwork] = [
        imagenet("squeezenet1.1", .caffe, statedTop1: 73.23),
        imagenet("shufflenetv2_x1.0", .imagenet, statedTop1: 78.15),
        imagenet(
            "mobilenet_v2_1.0_224_from_uint8", Preprocessing(mean: [128], standardDeviation: [128]), labelOffset: 1,
            statedTop1: 78.00),
        cifar("cifar10_resnet20", statedTop1: 80.57),
        cifar("cifar10_resnet56", statedTop1: 82.37),
    ]

    private static func imagenet(
        _ name: String, _ values: Preprocessing, labelOffset: Int = 0, statedTop1: Double
    ) -> TrainedNetwork {
        var preprocessing = values
        preprocessing.steps = [.crop(width: 224, height: 224)]
        return TrainedNetwork(
            name: name, preprocessing: preprocessing, calibration: "imagenet/sample", evaluation: "imagenet/val227",
            labels: "imagenet/val227_labels.csv", labelOffset: labelOffset, statedTop1: statedTop1)
    }

    private static func cifar(_ name: String, statedTop1: Double) -> TrainedNetwork {
        TrainedNetwork(
            name: name, preprocessing: .imagenet, calibration: "cifar10/calib_1000.bin",
            evaluation: "cifar10/test_3000.bin", statedTop1: statedTop1)
    }

    func calibrationData(for graph: Graph) throws -> any Dataset {
        try DataSource.open(TestData.root + "/data/" + calibration, for: graph, preprocessing: preprocessing)
    }

    func evaluationData(for graph: Graph) throws -> any Dataset {
        try DataSource.open(
            TestData.root + "/data/" + evaluation, for: graph, preprocessing: preprocessing,
            labels: labels.map { TestData.root + "/data/" + $0 }, labelOffset: labelOffset)
    }
}
