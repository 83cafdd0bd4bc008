public import TensorCore

/// What is gathered of the values that a group of slots takes during calibration.
///
/// An observer is a value of bounded size. Feeding it the same data in any order, or in parts that are merged later,
/// gives the same observer; it can be stored and read back.
///
/// To add one, add a file; a ``RangeMethod`` says which it uses.
public protocol Observer: Sendable, Codable, Equatable {
    init()

    /// Whether parts of a tensor may be observed one by one, as if they were tensors.
    static var isDivisible: Bool { get }

    /// Takes in all elements of a tensor.
    /// - Parameter sample: which sample the tensor comes from; methods that judge by held-back samples look at it.
    /// - Throws: `invalidData` when an element is no finite number, or the tensor is no real one.
    mutating func observe(_ tensor: Tensor, sample: Int) throws

    /// Takes in what another observer has seen.
    mutating func merge(_ other: Self)

    /// Whether this can have come from observing: false for what a damaged file says.
    var isSound: Bool { get }

    /// The smallest and the largest element seen; `nil` before the first.
    var extremes: ClosedRange<Float>? { get }

    /// The share of all elements seen that lie outside of `range`, as exactly as the observer knows it.
    func share(outside range: ClosedRange<Float>) -> Double
}

extension Observer {
    public static var isDivisible: Bool { true }
}
