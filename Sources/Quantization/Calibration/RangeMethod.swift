internal import TensorCore

/// A way to choose the range of a tensor from what was observed of it.
///
/// To add one (entropy, mean squared error …), add a file and put it into ``RangeMethods/all``.
public protocol RangeMethod: Sendable {
    associatedtype Statistics: Observer

    /// The name the command's `--calibrator` takes.
    static var name: String { get }

    /// - Throws: `invalidArgument` for options that make no sense.
    init(_ options: RangeOptions) throws

    /// The range to spread the codes of `format` over. Need not contain 0.
    /// - Parameter statistics: have seen at least one element.
    func range(of statistics: Statistics, for format: IntegerFormat) -> ClosedRange<Float>
}

/// What the command's flags can say to range methods.
public struct RangeOptions: Sendable, Hashable {
    /// Per cent of the elements that the percentile method keeps.
    public var percentile: Double

    public init(percentile: Double = 99.999) {
        self.percentile = percentile
    }
}

/// Every range method, the default first.
public enum RangeMethods {
    public static let all: [any RangeMethod.Type] = [
        AutomaticRange.self, MinMaxRange.self, AverageRange.self, PercentileRange.self, EntropyRange.self,
        MeanSquaredErrorRange.self,
    ]

    /// The method of this name.
    /// - Throws: `invalidArgument` when there is none, naming those there are.
    public static func named(_ name: String, options: RangeOptions = RangeOptions()) throws -> any RangeMethod {
        guard let method = all.first(where: { $0.name == name }) else {
            throw OctetError(
                .invalidArgument, "there is no calibrator of this name",
                expected: all.map { $0.name }.joined(separator: ", "), found: name)
        }
        return try method.init(options)
    }
}
