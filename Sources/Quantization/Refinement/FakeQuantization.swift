internal import TensorCore

/// What rounding to codes does to a real tensor.
struct FakeQuantization: Equatable {
    private let scale: Float
    private let low: Float
    private let high: Float

    /// - Parameters:
    ///   - parameters: for the tensor as a whole.
    ///   - format: codes saturate at the limits of its element type.
    init(_ parameters: (scale: Float, zeroPoint: Int32), _ format: IntegerFormat) {
        let codes = format.elementType.integerRange ?? format.codes
        scale = parameters.scale
        low = Float(codes.lowerBound - Int(parameters.zeroPoint))
        high = Float(codes.upperBound - Int(parameters.zeroPoint))
    }

    /// What the codes stand for.
    func values(of tensor: Tensor) -> Tensor {
        let result = Tensor(.float32, shape: tensor.shape)
        tensor.withElements(as: Float.self) { source in
            result.withMutableElements(as: Float.self) { target in
                for index in source.indices { target[index] = value(of: source[index]) }
            }
        }
        return result
    }

    /// What takes everything to 0, so that the errors are the elements themselves.
    static let toZero = FakeQuantization(scale: 1, low: 0, high: 0)

    private init(scale: Float, low: Float, high: Float) {
        self.scale = scale
        self.low = low
        self.high = high
    }

    /// The sums of squared errors of a tensor by channel, in an order that depends on nothing.
    /// - Parameter isChannelsFirst: the channels are the second axis, and each sample of a batch has its own sums;
    ///   otherwise they are the last.
    func errors(of tensor: Tensor, isChannelsFirst: Bool) -> [Double] {
        tensor.withElements(as: Float.self) { values in
            guard isChannelsFirst else { return columnErrors(of: values, columns: tensor.shape.last ?? 1) }
            return rowErrors(of: values, length: tensor.shape.dropFirst(2).reduce(1, *))
        }
    }

    private func columnErrors(of values: UnsafeBufferPointer<Float>, columns: Int) -> [Double] {
        var sums = Array(repeating: 0.0, count: columns)
        for start in stride(from: 0, to: values.count, by: max(columns, 1)) {
            for column in 0..<columns {
                let error = value(of: values[start + column]) - values[start + column]
                sums[column] += Double(error * error)
            }
        }
        return sums
    }

    private func rowErrors(of values: UnsafeBufferPointer<Float>, length: Int) -> [Double] {
        let bytes = UnsafeRawBufferPointer(values)
        return (0..<values.count / max(length, 1)).map { row in
            var sum = 0.0
            var index = row * length
            let end = index + length
            while index < end {
                // Partial sums in float32 are short, so that they stay exact enough.
                let stop = min(end, index + 1024)
                var sums = SIMD8<Float>(repeating: 0)
                while index + 8 <= stop {
                    let error = error(of: bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
                    sums += error * error
                    index += 8
                }
                sum += Double(sums.sum())
                while index < stop {
                    let error = value(of: values[index]) - values[index]
                    sum += Double(error * error)
                    index += 1
                }
            }
            return sum
        }
    }

    // Adding 1.5 · 2²³ rounds half to even; the codes are far below 2²².
    @inline(__always)
    func value(of real: Float) -> Float {
        var code = real / scale
        code = code < low ? low : code
        code = code > high ? high : code
        return ((code + 0x1.8p23) - 0x1.8p23) * scale
    }

    @inline(__always)
    private func error(of real: SIMD8<Float>) -> SIMD8<Float> {
        var codes = real / scale
        codes.replace(with: low, where: codes .< low)
        codes.replace(with: high, where: codes .> high)
        return ((codes + 0x1.8p23) - 0x1.8p23) * scale - real
    }
}

extension Tensor {
    /// The sum of squares of float32 elements, in an order that depends on nothing.
    var power: Double {
        withElements(as: Float.self) { values in
            let width = 8
            var sums = SIMD8<Double>(repeating: 0)
            var index = 0
            let bytes = UnsafeRawBufferPointer(values)
            while index + width <= values.count {
                let lanes = SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
                sums += lanes * lanes
                index += width
            }
            var sum = sums.sum()
            while index < values.count {
                sum += Double(values[index]) * Double(values[index])
                index += 1
            }
            return sum
        }
    }
}
