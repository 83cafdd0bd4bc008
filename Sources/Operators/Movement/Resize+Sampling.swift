public import TensorCore

extension Resize {
    /// How one axis is resampled.
    struct Axis {
        let input: Int
        let output: Int
        let scale: Float
        /// The extent of the output before it was rounded down.
        let exactOutput: Float
        /// The region of interest, as fractions of the input.
        let start: Float
        let end: Float

        var isIdentity: Bool { input == output && scale == 1 && start == 0 && end == 1 }
    }

    /// Neighbours of one output element along an axis and their weights; none outside the region of interest.
    public struct Sample: Sendable {
        public var places: [Int] = []
        public var weights: [Double] = []
    }

    /// What each element of the output is made of, axis by axis.
    /// - Parameters:
    ///   - shape: the input's.
    ///   - constants: the inputs, as far as they are known.
    /// - Returns: `nil` when the scales or sizes are not known.
    /// - Throws: `invalidModel` where they do not fit.
    public func samples(shape: [Int], _ constants: [Tensor?]) throws -> [[Sample]]? {
        func known(_ index: Int) -> Tensor? { index < constants.count ? constants[index] : nil }
        guard known(2) != nil || known(3) != nil, coordinates != .cropAndResize || known(1) != nil else { return nil }
        return try plan(shape: shape, region: known(1), scales: known(2), sizes: known(3)).map { axis in
            (0..<axis.output).map { position in
                axis.isIdentity ? Sample(places: [position], weights: [1]) : sample(position, axis)
            }
        }
    }

    func plan(shape: [Int], region: Tensor?, scales: Tensor?, sizes: Tensor?) throws -> [Axis] {
        let axes = try Shapes.axes(axes ?? Array(shape.indices), rank: shape.count)
        let scaleList = (scales?.floats).flatMap { $0.isEmpty ? nil : $0 }
        let sizeList = (sizes?.integers).flatMap { $0.isEmpty ? nil : $0 }
        let count = (scaleList?.count ?? 0) + (sizeList?.count ?? 0)
        guard count == axes.count, scaleList == nil || sizeList == nil else {
            throw OctetError(
                .invalidModel, "either scales or sizes must be given, one an axis", expected: "\(axes.count)",
                found: "\(scaleList?.count ?? 0) scales, \(sizeList?.count ?? 0) sizes")
        }
        var bounds = Array(repeating: (start: Float(0), end: Float(1)), count: axes.count)
        if coordinates == .cropAndResize {
            guard let corners = region?.floats, corners.count == 2 * axes.count, corners.allSatisfy(\.isFinite) else {
                throw OctetError(.invalidModel, "the region of interest does not fit the axes")
            }
            for index in axes.indices { bounds[index] = (corners[index], corners[axes.count + index]) }
        }
        var plan = shape.map { Axis(input: $0, output: $0, scale: 1, exactOutput: Float($0), start: 0, end: 1) }
        let common = sizeList.flatMap { commonScale($0, axes.map { shape[$0] }) }
        for (index, axis) in axes.enumerated() {
            let input = shape[axis]
            let output: Int
            let scale: Float
            var exactOutput: Float?
            if let scaleList {
                scale = scaleList[index]
                exactOutput = Float(input) * (bounds[index].end - bounds[index].start) * scale
                output = try Self.extent(exactOutput ?? 0)
            } else if let common {
                scale = common
                output = try Self.extent(common * Float(input) + 0.5)
            } else {
                output = sizeList?[index] ?? input
                scale = Float(output) / Float(input)
            }
            guard output >= 0, scale > 0 && scale.isFinite || input == 0 || output == 0 else {
                throw OctetError(.invalidModel, "axis \(axis) cannot be resized so", found: "scale \(scale)")
            }
            plan[axis] = Axis(
                input: input, output: output, scale: scale, exactOutput: exactOutput ?? Float(output),
                start: bounds[index].start, end: bounds[index].end)
        }
        return plan
    }

    private static func extent(_ value: Float) throws -> Int {
        guard value.isFinite, value > -1, value < 0x1p40 else {
            throw OctetError(.invalidModel, "a resized extent is impossible", found: "\(value)")
        }
        return Int(value.rounded(.down))
    }

    private func commonScale(_ sizes: [Int], _ extents: [Int]) -> Float? {
        let scales = zip(sizes, extents).map { Float($0) / Float($1) }
        switch aspectRatio {
        case .stretch: return nil
        case .notLarger: return scales.min()
        case .notSmaller: return scales.max()
        }
    }

    /// The place of output element `position` in the input (ONNX Resize, `coordinate_transformation_mode`).
    private func coordinate(_ position: Int, _ axis: Axis) -> Float {
        let x = Float(position)
        let last = Float(axis.input - 1)
        switch coordinates {
        case .halfPixel: return (x + 0.5) / axis.scale - 0.5
        case .halfPixelSymmetric:
            let width = axis.scale * Float(axis.input)
            let offset = Float(axis.input) / 2 * (1 - Float(axis.output) / width)
            return offset + (x + 0.5) / axis.scale - 0.5
        case .pytorchHalfPixel: return axis.output > 1 ? (x + 0.5) / axis.scale - 0.5 : 0
        case .alignCorners: return axis.output > 1 ? x * last / (axis.exactOutput - 1) : 0
        case .asymmetric: return x / axis.scale
        case .cropAndResize:
            return axis.output > 1
                ? axis.start * last + x * (axis.end - axis.start) * last / Float(axis.output - 1)
                : 0.5 * (axis.start + axis.end) * last
        }
    }

    private func nearest(_ position: Int, _ axis: Axis) -> Int {
        if axis.isIdentity { return position }
        let x = coordinate(position, axis)
        let rounded =
            switch rounding {
            case .preferFloor: (x - 0.5).rounded(.up)
            case .preferCeil: (x + 0.5).rounded(.down)
            case .floor: x.rounded(.down)
            case .ceil: x.rounded(.up)
            }
        return Int(max(0, min(rounded, Float(axis.input - 1))))
    }

    /// Axes that change, those that shrink most first, so that no intermediate is larger than both ends.
    private func order(_ plan: [Axis]) -> [Int] {
        plan.indices.filter { !plan[$0].isIdentity }.sorted {
            Double(plan[$0].output) / Double(plan[$0].input) < Double(plan[$1].output) / Double(plan[$1].input)
        }
    }

    func selectNearest(_ x: Tensor, _ plan: [Axis], into output: Tensor) throws {
        var current = x
        for axis in order(plan) {
            var shape = current.shape
            shape[axis] = plan[axis].output
            let next = Tensor(x.elementType, shape: shape, quantization: x.quantization)
            let places = (0..<plan[axis].output).map { nearest($0, plan[axis]) }
            try Gather.gather(current, axis: axis, places: places, into: next)
            current = next
        }
        output.setElements(of: current)
    }

    func interpolate(_ values: [Double], _ shape: [Int], _ plan: [Axis]) -> [Double] {
        var current = values
        var shape = shape
        for axis in order(plan) {
            let samples = (0..<plan[axis].output).map { sample($0, plan[axis]) }
            let inner = shape[(axis + 1)...].reduce(1, *)
            let outer = shape[..<axis].reduce(1, *)
            let extent = shape[axis]
            var next: [Double] = []
            next.reserveCapacity(outer * samples.count * inner)
            for block in 0..<outer {
                for sample in samples {
                    for lane in 0..<inner {
                        guard !sample.places.isEmpty else {
                            next.append(Double(extrapolation))
                            continue
                        }
                        var sum = 0.0
                        for (place, weight) in zip(sample.places, sample.weights) {
                            sum += current[(block * extent + place) * inner + lane] * weight
                        }
                        next.append(sum)
                    }
                }
            }
            current = next
            shape[axis] = samples.count
        }
        return current
    }

    private func sample(_ position: Int, _ axis: Axis) -> Sample {
        let x = coordinate(position, axis)
        if coordinates == .cropAndResize && (x < 0 || x > Float(axis.input - 1)) { return Sample() }
        if mode == .nearest { return Sample(places: [nearest(position, axis)], weights: [1]) }
        let left = Int(x.rounded(.up)) - 1
        let ratio = Double(x) - Double(left)
        let shrink = antialiases ? Double(min(axis.scale, 1)) : 1
        let reach = mode == .linear ? 1.0 : 2.0
        let first = Int((-reach / shrink).rounded(.down)) + 1
        var sample = Sample()
        for offset in first...(1 - first) {
            var weight = kernel(abs(Double(offset) - ratio) * shrink)
            if excludesOutside && !(0..<axis.input).contains(left + offset) { weight = 0 }
            sample.places.append(max(0, min(left + offset, axis.input - 1)))
            sample.weights.append(weight)
        }
        if antialiases || excludesOutside {
            let sum = sample.weights.reduce(0, +)
            sample.weights = sample.weights.map { $0 / sum }
        }
        return sample
    }

    /// The weight of a neighbour at a distance.
    private func kernel(_ distance: Double) -> Double {
        if mode == .linear { return max(0, 1 - distance) }
        let a = Double(cubicCoefficient)
        if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
        if distance < 2 { return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a }
        return 0
    }
}
