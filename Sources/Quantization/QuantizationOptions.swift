public import GraphPasses
internal import TensorCore

/// What a user can say about how a network is to be quantized.
public struct QuantizationOptions: Sendable {
    public var scheme: QuantizationScheme
    public var dispatcher: any Dispatcher
    public var rangeMethod: any RangeMethod
    public var biasCorrection: OptimizationChoice
    /// Rounding weights by what they do to their layers' results, instead of each to the nearest code.
    public var weightRounding: OptimizationChoice
    /// Cross-layer equalization; `auto` tries it for weights with one scale a tensor.
    public var equalization: OptimizationChoice
    /// Nodes to leave float: names or operator types, with `*` for any characters.
    public var excluded: [NamePattern]
    /// How many samples to calibrate with, spread evenly over those there are; `nil` for all.
    public var sampleLimit: Int?
    /// Where calibration keeps what it has seen, to go on from there; `nil` for nowhere.
    public var calibrationState: CalibrationState?
    /// What the float graph goes through first.
    public var passes: PassPipeline

    public init(
        scheme: QuantizationScheme = QuantizationScheme(), dispatcher: any Dispatcher = ConservativeDispatcher(),
        rangeMethod: any RangeMethod = AutomaticRange(), biasCorrection: OptimizationChoice = .auto,
        weightRounding: OptimizationChoice = .auto,
        equalization: OptimizationChoice = .auto,
        excluded: [NamePattern] = [], sampleLimit: Int? = nil,
        passes: PassPipeline = .standard
    ) {
        self.scheme = scheme
        self.dispatcher = dispatcher
        self.rangeMethod = rangeMethod
        self.biasCorrection = biasCorrection
        self.weightRounding = weightRounding
        self.equalization = equalization
        self.excluded = excluded
        self.sampleLimit = sampleLimit
        self.passes = passes
    }

    /// Everything beside the graph and the samples that decides what calibration sees.
    var observed: String {
        "\(scheme), \(type(of: dispatcher)), \(excluded)"
    }

    /// The samples to take of `count`.
    /// - Throws: `invalidArgument` for a limit below 1.
    func sampleIndices(of count: Int) throws -> [Int] {
        guard let sampleLimit else { return Array(0..<count) }
        guard sampleLimit >= 1 else {
            throw OctetError(
                .invalidArgument, "calibration needs samples", expected: "at least 1", found: "\(sampleLimit)")
        }
        let taken = min(sampleLimit, count)
        return (0..<taken).map { $0 * count / taken }
    }
}
