public import ModelGraph
internal import TensorCore

/// ONNX `NonMaxSuppression`: of overlapping boxes the one with the best score.
///
/// Inputs: boxes (batch, boxes, 4), scores (batch, classes, boxes), and optionally the greatest number of boxes for each
/// class (0 without it), the overlap above which a box is dropped, and the score a box must exceed. The output has a
/// row (batch, class, box) for each box kept.
public struct NonMaxSuppression: DataDependentOperator {
    public static let name = "NonMaxSuppression"

    /// Whether a box is (centre x, centre y, width, height) and not two corners (y, x, y, x).
    public var hasCentres: Bool

    public init(hasCentres: Bool = false) { self.hasCentres = hasCentres }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        _ = (try inputs.tensor(0), try inputs.tensor(1))
        return [.tensor(.int64, [.unknown, 3])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 1, 3, 4] { try inputs.require(index, [.float32]) }
        try inputs.require(2, .indices)
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let (boxes, scores) = (try inputs.tensor(0), try inputs.tensor(1))
        guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0],
            boxes.shape[1] == scores.shape[2]
        else {
            throw OctetError(
                .invalidModel, "boxes and scores do not fit", expected: "(batch, boxes, 4) and (batch, classes, boxes)",
                found: "\(boxes.shape) and \(scores.shape)")
        }
        let limit = inputs.count > 2 && inputs[2] != nil ? try inputs.tensor(2).integers?.first ?? 0 : 0
        let overlap = try number(inputs, 3) ?? 0
        let threshold = try number(inputs, 4)
        let (count, classes) = (boxes.shape[1], scores.shape[1])
        let values = scores.elements(as: Float.self)
        let corners = corners(boxes.elements(as: Float.self))
        var rows: [Int64] = []
        for batch in 0..<boxes.shape[0] where limit > 0 {
            for label in 0..<classes {
                let first = (batch * classes + label) * count
                let candidates = (0..<count).filter { box in threshold.map { values[first + box] > $0 } ?? true }
                    .sorted { a, b in
                        let (x, y) = (values[first + a], values[first + b])
                        return x == y ? a < b : x > y
                    }
                var kept: [Int] = []
                for box in candidates where kept.count < limit {
                    let own = corners[batch * count + box]
                    if kept.contains(where: { own.overlap(corners[batch * count + $0]) > overlap }) { continue }
                    kept.append(box)
                    rows += [Int64(batch), Int64(label), Int64(box)]
                }
            }
        }
        try context.reserve(.int64, shape: [rows.count])
        return [.tensor(Tensor(rows, shape: [rows.count / 3, 3]))]
    }

    private func number(_ inputs: [Datum?], _ index: Int) throws -> Float? {
        guard index < inputs.count, inputs[index] != nil else { return nil }
        return try inputs.tensor(index).floats?.first
    }

    private struct Box {
        var left: Float
        var top: Float
        var right: Float
        var bottom: Float

        var area: Float { (right - left) * (bottom - top) }

        /// The intersection over the union; 0 when either is empty.
        func overlap(_ other: Box) -> Float {
            let width = min(right, other.right) - max(left, other.left)
            let height = min(bottom, other.bottom) - max(top, other.top)
            guard width > 0, height > 0 else { return 0 }
            let intersection = width * height
            let union = area + other.area - intersection
            return area <= 0 || other.area <= 0 || union <= 0 ? 0 : intersection / union
        }
    }

    private func corners(_ values: [Float]) -> [Box] {
        stride(from: 0, to: values.count, by: 4).map { index in
            let (a, b, c, d) = (values[index], values[index + 1], values[index + 2], values[index + 3])
            return hasCentres
                ? Box(left: a - c / 2, top: b - d / 2, right: a + c / 2, bottom: b + d / 2)
                : Box(left: min(b, d), top: min(a, c), right: max(b, d), bottom: max(a, c))
        }
    }
}
