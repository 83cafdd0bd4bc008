/// From the average of the samples' smallest elements to the average of their largest.
public struct AverageRange: RangeMethod {
    public static let name = "average"

    public init(_ options: RangeOptions = RangeOptions()) {}

    public func range(of statistics: AverageObserver, for format: IntegerFormat) -> ClosedRange<Float> {
        statistics.average ?? 0...0
    }
}
