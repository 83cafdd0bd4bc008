internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let resizeRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("Resize", Resize.self) { node in
            if node.version < 11 { return try node.takeUpsampling() }
            var op = Resize()
            op.mode = try node.take("mode") ?? .nearest
            op.coordinates = try node.take("coordinate_transformation_mode") ?? .halfPixel
            op.rounding = try node.take("nearest_mode") ?? .preferFloor
            op.aspectRatio = try node.take("keep_aspect_ratio_policy") ?? .stretch
            op.axes = try node.takeInts("axes")
            op.antialiases = try node.takeFlag("antialias") ?? false
            op.cubicCoefficient = try node.takeFloat("cubic_coeff_a") ?? -0.75
            op.excludesOutside = try node.takeFlag("exclude_outside") ?? false
            op.extrapolation = try node.takeFloat("extrapolation_value") ?? 0
            return op
        } write: { op, node in
            node.requireVersion(13)
            node.put("mode", op.mode)
            node.put("coordinate_transformation_mode", op.coordinates)
            if op.mode == .nearest { node.put("nearest_mode", op.rounding) }
            if op.mode == .cubic { node.attributes["cubic_coeff_a"] = .float(op.cubicCoefficient) }
            node.put("exclude_outside", op.excludesOutside, unless: false)
            if op.extrapolation != 0 { node.attributes["extrapolation_value"] = .float(op.extrapolation) }
            node.put("antialias", op.antialiases, unless: false)
            if let axes = op.axes { node.attributes["axes"] = .ints(axes) }
            if op.aspectRatio != .stretch { node.put("keep_aspect_ratio_policy", op.aspectRatio) }
            if op.antialiases || op.axes != nil || op.aspectRatio != .stretch { node.requireVersion(18) }
            if op.coordinates == .halfPixelSymmetric { node.requireVersion(19) }
        },
        OnnxOperatorRow("Upsample", Resize.self) { node in
            if node.version < 9, let scales = try node.takeFloats("scales") {
                node.setConstantInput(1, "scales", Tensor(scales, shape: [scales.count]))
            }
            return try node.takeUpsampling()
        },
    ]
}

extension OnnxNode {
    /// The forms before operator set 11: scales are input 1, and an output pixel x lies at x / scale.
    fileprivate mutating func takeUpsampling() throws -> Resize {
        guard inputs.count == 2 else { throw OctetError(.invalidModel, "input 1 (scales) is missing") }
        inputs.insert("", at: 1)
        var op = Resize()
        op.mode = try take("mode") ?? .nearest
        op.coordinates = .asymmetric
        op.rounding = .floor
        return op
    }

    /// A text attribute that names a case.
    fileprivate mutating func take<Choice: RawRepresentable<String>>(_ attribute: String) throws -> Choice? {
        guard let text = try takeString(attribute) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw unsupported("attribute '\(attribute)' is '\(text)', which is unknown")
        }
        return choice
    }

    fileprivate mutating func put(_ attribute: String, _ choice: some RawRepresentable<String>) {
        attributes[attribute] = .string(Array(choice.rawValue.utf8))
    }
}
