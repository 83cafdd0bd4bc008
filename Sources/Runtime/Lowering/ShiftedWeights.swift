internal import Kernels
internal import ModelGraph
internal import TensorCore

/// Constant 8-bit weights with zero points, as signed codes and what these lack: weight = code + offset. Where an offset
/// is not 0 the layer gets one output channel more, whose weights are ones: its sums times the offset are what is
/// missing.
struct ShiftedWeights {
    /// int8; the last channel is the one of ones if there are offsets.
    let codes: Tensor
    /// One an output channel; empty if they all are 0.
    let offsets: [Int32]
    /// The sums of the codes of each channel.
    let sums: [Int32]
    /// Weights a channel.
    let depth: Int
    let origin: ConstantOrigin

    /// - Parameters:
    ///   - axis: of the output channels, the first or the last.
    ///   - zeroPoint: one for all, or one a channel; 0 where there is none.
    /// - Returns: `nil` when the parameters are not known or do not fit.
    init?(_ weights: Tensor, axis: Int, zeroPoint: Tensor??) {
        guard weights.elementType == .int8 || weights.elementType == .uint8, weights.quantization == nil,
            weights.rank >= 2, axis == 0 || axis == weights.rank - 1
        else { return nil }
        if case .some(.none) = zeroPoint { return nil }
        let channels = weights.shape[axis]
        let zeros = (zeroPoint ?? nil).map { $0.integers ?? [] } ?? [0]
        guard zeros.count == 1 || zeros.count == channels else { return nil }
        let flip: UInt8 = weights.elementType == .uint8 ? 0x80 : 0
        let codes = weights.withBytes { bytes in bytes.map { Int8(bitPattern: $0 ^ flip) } }
        let all = (0..<channels).map { Int32(flip) - Int32(truncatingIfNeeded: zeros[zeros.count == 1 ? 0 : $0]) }
        offsets = all.contains { $0 != 0 } ? all : []
        let depth = weights.count / max(channels, 1)
        self.depth = depth
        var shape = weights.shape
        if axis == 0 {
            sums = (0..<channels).map { codes[$0 * depth..<($0 + 1) * depth].reduce(0) { $0 &+ Int32($1) } }
        } else {
            var sums = Array(repeating: Int32(0), count: channels)
            for (index, code) in codes.enumerated() { sums[index % channels] &+= Int32(code) }
            self.sums = sums
        }
        if offsets.isEmpty {
            self.codes = flip == 0 ? weights : Tensor(codes, shape: shape)
        } else if axis == 0 {
            shape[0] += 1
            self.codes = Tensor(codes + Array(repeating: 1, count: depth), shape: shape)
        } else {
            shape[axis] += 1
            let rows = (0..<depth).flatMap { row in codes[row * channels..<(row + 1) * channels] + [1] }
            self.codes = Tensor(rows, shape: shape)
        }
        origin = ConstantOrigin(
            tensors: [weights], derivation: "shifted by \(flip), \(offsets.isEmpty ? "alone" : "with ones")")
    }

    var arithmetic: LinearArithmetic {
        var arithmetic = LinearArithmetic(sumsOf: codes)
        arithmetic.origin = origin
        return arithmetic
    }
}

/// Makes the sums of (x - zero point) times weights of the sums of x times codes, which it finds in its output, a matrix
/// with the channel of ones last if there are offsets. Inputs: the zero point (or none), the sums of the codes and the
/// offsets.
struct ZeroPointSubtraction: RunTimeStep {
    static let name = "MatMulInteger"

    let depth: Int

    func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let zeroPoint = Int32(truncatingIfNeeded: inputs[0]?.integers?.first ?? 0)
        guard let sums = inputs[1], let matrix = outputs[0] else { return }
        let offsets = inputs[2]?.elements(as: Int32.self) ?? []
        guard zeroPoint != 0 || !offsets.isEmpty else { return }
        let (columns, pitch) = (sums.count, matrix.shape[1])
        let shifts = sums.elements(as: Int32.self).map { $0 &* zeroPoint }
        matrix.withMutableElements(as: Int32.self) { matrix in
            shifts.withUnsafeBufferPointer { shifts in
                offsets.withUnsafeBufferPointer { offsets in
                    for row in stride(from: 0, to: matrix.count, by: max(pitch, 1)) {
                        if offsets.isEmpty {
                            for column in 0..<columns { matrix[row + column] &-= shifts[column] }
                        } else {
                            let extra = matrix[row + columns] &- zeroPoint &* Int32(truncatingIfNeeded: depth)
                            for column in 0..<columns {
                                matrix[row + column] &+= offsets[column] &* extra &- shifts[column]
                            }
                        }
                    }
                }
            }
        }
    }
}

extension PlanBuilder {
    /// Emits what turns sums of codes into sums of the numbers they stand for.
    mutating func emitShift(_ weights: ShiftedWeights, zeroPoint: View?, of sums: View) {
        guard zeroPoint != nil || !weights.offsets.isEmpty else { return }
        emitReference(
            ZeroPointSubtraction(depth: weights.depth),
            inputs: [
                zeroPoint, constantTable(weights.sums, .int32),
                weights.offsets.isEmpty ? nil : constantTable(weights.offsets, .int32),
            ], outputs: [sums], note: "the zero point is found at run time")
    }
}
