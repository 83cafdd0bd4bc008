/// From the smallest to the largest element.
public struct MinMaxRange: RangeMethod {
    public static let name = "minmax"

    public init(_ options: RangeOptions = RangeOptions()) {}

    public func range(of statistics: MinMaxObserver, for format: IntegerFormat) -> ClosedRange<Float> {
        statistics.extremes ?? 0...0
    }
}
