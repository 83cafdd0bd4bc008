internal import ModelGraph
internal import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `ReduceMean`: the mean.
public struct ReduceMean: Reduction {
    public static let name = "ReduceMean"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.isEmpty ? 0 : x.reduce(0, &+) / x.count }
}

/// ONNX `ReduceSum`: the sum.
public struct ReduceSum: Reduction {
    public static let name = "ReduceSum"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(0, +) }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.reduce(0, &+) }
}

/// ONNX `ReduceMax`: the maximum, NaN if an element is.
public struct ReduceMax: Reduction {
    public static let name = "ReduceMax"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(-.infinity) { Maximum().value($0, $1) } }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.max() ?? .min }
}

/// ONNX `ReduceMin`: the minimum, NaN if an element is.
public struct ReduceMin: Reduction {
    public static let name = "ReduceMin"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(.infinity) { Minimum().value($0, $1) } }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.min() ?? .max }
}

/// ONNX `ReduceProd`: the product.
public struct ReduceProd: Reduction {
    public static let name = "ReduceProd"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(1, *) }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.reduce(1, &*) }
}

/// ONNX `ReduceL1`: the sum of magnitudes.
public struct ReduceL1: Reduction {
    public static let name = "ReduceL1"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(0) { $0 + abs($1) } }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) } }
}

/// ONNX `ReduceL2`: the root of the sum of squares.
public struct ReduceL2: Reduction {
    public static let name = "ReduceL2"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

/// ONNX `ReduceSumSquare`: the sum of squares.
public struct ReduceSumSquare: Reduction {
    public static let name = "ReduceSumSquare"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }
    public static var reducesIntegers: Bool { true }
    public static func reduceIntegers(_ x: [Int]) -> Int { x.reduce(0) { $0 &+ $1 &* $1 } }
}

/// ONNX `ReduceLogSum`: the logarithm of the sum.
public struct ReduceLogSum: Reduction {
    public static let name = "ReduceLogSum"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double { log(x.reduce(0, +)) }
}

/// ONNX `ReduceLogSumExp`: the logarithm of the sum of exponentials.
public struct ReduceLogSumExp: Reduction {
    public static let name = "ReduceLogSumExp"

    public var keepsDimensions: Bool
    public var emptyAxesReduceNothing: Bool

    public init(keepsDimensions: Bool = true, emptyAxesReduceNothing: Bool = false) {
        self.keepsDimensions = keepsDimensions
        self.emptyAxesReduceNothing = emptyAxesReduceNothing
    }

    public static func reduce(_ x: [Double]) -> Double {
        let greatest = x.max() ?? -.infinity
        guard greatest.isFinite else { return greatest }
        return greatest + log(x.reduce(0) { $0 + exp($1 - greatest) })
    }
}
