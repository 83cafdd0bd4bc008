import ArgumentParser
import Octet

/// Flags about how a network is quantized.
struct QuantizationFlags: ParsableArguments {
    @Option(help: "At most so many calibration samples, spread evenly over the data.")
    var samples: Int?

    @Option(
        help: ArgumentHelp("How ranges are chosen: \(RangeMethods.all.map { $0.name }.joined(separator: ", "))."))
    var calibrator: String = RangeMethods.all[0].name

    @Option(help: "Per cent of the values that --calibrator percentile keeps.")
    var percentile = 99.999

    @Option(help: "The integers of activations.")
    var activations: IntegerType = .uint8

    @Option(help: "The integers of weights.")
    var weights: IntegerType = .int8

    @Option(help: "One scale an output channel, or one a tensor.")
    var granularity: WeightGranularity = .channel

    @Flag(help: "Activations range over ±max|x| instead of from minimum to maximum.")
    var symmetricActivations = false

    @Flag(help: "Weights range from minimum to maximum instead of over ±max|w|.")
    var asymmetricWeights = false

    @Flag(help: "Leaves out one bit of the weights, for targets whose 16-bit sums saturate.")
    var reduceRange = false

    @Option(help: "Balances the weights of neighbouring layers; auto tries it with --granularity tensor.")
    var equalize: OptimizationFlag = .auto

    @Option(help: "Corrects the means of layers through their biases; auto keeps it when it helps.")
    var biasCorrection: OptimizationFlag = .auto

    @Option(
        help: "Rounds weights by what they do to their layer's result, not each to the nearest; auto when it helps.")
    var weightRounding: OptimizationFlag = .auto

    @Option(
        name: .customLong("exclude"),
        help: ArgumentHelp(
            "Leaves nodes float: a node name or an operator type, * for any characters (repeatable).",
            valueName: "PATTERN"))
    var excluded: [String] = []

    func validate() throws {
        guard samples ?? 1 >= 1 else { throw ValidationError("--samples must be above 0.") }
        _ = try rangeMethod()
    }

    private func rangeMethod() throws -> any RangeMethod {
        do {
            return try RangeMethods.named(calibrator, options: RangeOptions(percentile: percentile))
        } catch let error as OctetError {
            throw ValidationError("\(error).")
        }
    }

    func options() throws -> QuantizationOptions {
        QuantizationOptions(
            scheme: QuantizationScheme(
                activationType: activations.type, symmetricActivations: symmetricActivations,
                weightType: weights.type, symmetricWeights: !asymmetricWeights, granularity: granularity.granularity,
                reduceRange: reduceRange),
            rangeMethod: try rangeMethod(), biasCorrection: biasCorrection.choice,
            weightRounding: weightRounding.choice,
            equalization: equalize.choice,
            excluded: excluded.map { NamePattern($0) }, sampleLimit: samples)
    }
}

extension QuantizationFormat: ExpressibleByArgument {}

struct IntegerType: ExpressibleByArgument {
    let type: ElementType

    static let uint8 = IntegerType(type: .uint8)
    static let int8 = IntegerType(type: .int8)

    private init(type: ElementType) { self.type = type }

    init?(argument: String) {
        guard let type = ElementType(rawValue: argument), [.uint8, .int8].contains(type) else { return nil }
        self.type = type
    }

    var defaultValueDescription: String { type.rawValue }
    static var allValueStrings: [String] { ["uint8", "int8"] }
}

struct WeightGranularity: ExpressibleByArgument {
    let granularity: QuantizationScheme.Granularity

    static let channel = WeightGranularity(granularity: .channel)

    private init(granularity: QuantizationScheme.Granularity) { self.granularity = granularity }

    init?(argument: String) {
        guard let granularity = QuantizationScheme.Granularity(rawValue: argument) else { return nil }
        self.granularity = granularity
    }

    var defaultValueDescription: String { granularity.rawValue }
    static var allValueStrings: [String] { QuantizationScheme.Granularity.allCases.map(\.rawValue) }
}

struct OptimizationFlag: ExpressibleByArgument {
    let choice: OptimizationChoice

    static let auto = OptimizationFlag(choice: .auto)

    private init(choice: OptimizationChoice) { self.choice = choice }

    init?(argument: String) {
        guard let choice = OptimizationChoice(rawValue: argument) else { return nil }
        self.choice = choice
    }

    var defaultValueDescription: String { choice.rawValue }
    static var allValueStrings: [String] { OptimizationChoice.allCases.map(\.rawValue) }
}
