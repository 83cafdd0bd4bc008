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

    @Option(
        help: ArgumentHelp(
            "The integers of activations. Those of 16 bits (operator set 21) are for targets that have them; CPUs then "
                + "compute in float."))
    var activations: ActivationType = .uint8

    @Option(
        help: ArgumentHelp(
            "The integers of weights. int4 (operator set 21) has a scale for each block of "
                + "\(QuantizationScheme.blockSize) weights that are added up, and is read as float."))
    var weights: WeightType = .int8

    @Option(help: "One scale an output channel, or one a tensor.")
    var granularity: WeightGranularity = .channel

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Activations range over ±max|x| instead of from minimum to maximum.")
    var symmetricActivations = false

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Weights range from minimum to maximum instead of over ±max|w|.")
    var asymmetricWeights = false

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Leaves out one bit of the weights, for targets whose 16-bit sums saturate.")
    var reduceRange = false

    @Option(help: "Balances the weights of neighbouring layers; auto tries it with --granularity tensor.")
    var equalize: OptimizationFlag = .auto

    @Option(help: "Corrects the means of layers through their biases; auto keeps it when it helps.")
    var biasCorrection: OptimizationFlag = .auto

    @Option(
        help: "Rounds weights by what they do to their layer's result, not each to the nearest; auto when it helps.")
    var weightRounding: OptimizationFlag = .auto

    @Option(
        help: ArgumentHelp(
            "Which operators become integer. "
                + Dispatchers.all.map { "\($0.name): \($0.summary)." }.joined(separator: " ")))
    var dispatch: DispatcherFlag = .conservative

    @Option(
        help: ArgumentHelp(
            "qdq: a float graph with QuantizeLinear/DequantizeLinear pairs; qoperator: operators on integers such as "
                + "QLinearConv, for ONNX Runtime."))
    var format: QuantizationFormat = .qdq

    @Option(
        help: ArgumentHelp(
            "What layers give that only float operators read. real: their sums, which is more accurate, and fast in Octet "
                + "and OpenVINO; integer: codes, without which ONNX Runtime computes such convolutions in float "
                + "(default: real with qdq, integer with qoperator)."))
    var layerResults: LayerResults?

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

    /// What layers give, the default included.
    var usedResults: QuantizationScheme.Results {
        layerResults?.results ?? (format == .qoperator ? .integer : .real)
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
                reduceRange: reduceRange, results: usedResults),
            dispatcher: dispatch.dispatcher.init(), rangeMethod: try rangeMethod(),
            biasCorrection: biasCorrection.choice, weightRounding: weightRounding.choice,
            equalization: equalize.choice,
            excluded: excluded.map { NamePattern($0) }, sampleLimit: samples)
    }
}

extension QuantizationFormat: ExpressibleByArgument {}

struct ActivationType: ExpressibleByArgument {
    let type: ElementType
    private static let types: [ElementType] = [.uint8, .int8, .int16, .uint16]

    static let uint8 = ActivationType(type: .uint8)

    private init(type: ElementType) { self.type = type }

    init?(argument: String) {
        guard let type = Self.types.first(where: { $0.rawValue == argument }) else { return nil }
        self.type = type
    }

    var defaultValueDescription: String { type.rawValue }
    static var allValueStrings: [String] { types.map(\.rawValue) }
}

struct WeightType: ExpressibleByArgument {
    let type: ElementType
    private static let types: [ElementType] = [.int8, .uint8, .int4]

    static let int8 = WeightType(type: .int8)

    private init(type: ElementType) { self.type = type }

    init?(argument: String) {
        guard let type = Self.types.first(where: { $0.rawValue == argument }) else { return nil }
        self.type = type
    }

    var defaultValueDescription: String { type.rawValue }
    static var allValueStrings: [String] { types.map(\.rawValue) }
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

struct LayerResults: ExpressibleByArgument {
    let results: QuantizationScheme.Results

    init?(argument: String) {
        guard let results = QuantizationScheme.Results(rawValue: argument) else { return nil }
        self.results = results
    }

    static var allValueStrings: [String] { QuantizationScheme.Results.allCases.map(\.rawValue) }
}

struct DispatcherFlag: ExpressibleByArgument {
    let dispatcher: any Dispatcher.Type

    static let conservative = DispatcherFlag(dispatcher: ConservativeDispatcher.self)

    private init(dispatcher: any Dispatcher.Type) { self.dispatcher = dispatcher }

    init?(argument: String) {
        guard let dispatcher = Dispatchers.all.first(where: { $0.name == argument }) else { return nil }
        self.dispatcher = dispatcher
    }

    var defaultValueDescription: String { dispatcher.name }
    static var allValueStrings: [String] { Dispatchers.all.map { $0.name } }
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
