internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let detectionRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("NonMaxSuppression", NonMaxSuppression.self) { node in
            NonMaxSuppression(hasCentres: try node.takeFlag("center_point_box") ?? false)
        } write: { op, node in
            node.put("center_point_box", op.hasCentres, unless: false)
        },
        OnnxOperatorRow("RoiAlign", RegionAlignment.self) { node in
            let mode = try node.takeString("mode") ?? "avg"
            let transformation = try node.takeString("coordinate_transformation_mode")
            guard ["avg", "max"].contains(mode),
                ["half_pixel", "output_half_pixel"].contains(transformation ?? "half_pixel")
            else { throw node.unsupported("RoiAlign in mode '\(mode)', '\(transformation ?? "")' is not known") }
            return RegionAlignment(
                height: try node.takeInt("output_height") ?? 1, width: try node.takeInt("output_width") ?? 1,
                samplingRatio: try node.takeInt("sampling_ratio") ?? 0,
                spatialScale: try node.takeFloat("spatial_scale") ?? 1, takesMaximum: mode == "max",
                shiftsHalfPixel: node.version >= 16 && transformation != "output_half_pixel")
        } write: { op, node in
            node.put("output_height", op.height, unless: 1)
            node.put("output_width", op.width, unless: 1)
            node.put("sampling_ratio", op.samplingRatio, unless: 0)
            node.attributes["spatial_scale"] = .float(op.spatialScale)
            if op.takesMaximum { node.attributes["mode"] = .string(Array("max".utf8)) }
            if op.shiftsHalfPixel {
                node.requireVersion(16)
            } else if node.version >= 16 {
                node.attributes["coordinate_transformation_mode"] = .string(Array("output_half_pixel".utf8))
            }
        },
        OnnxOperatorRow("GridSample", GridSample.self) { node in
            let names = ["bilinear": "linear", "bicubic": "cubic"]
            let mode = try node.takeString("mode") ?? "linear"
            let padding = try node.takeString("padding_mode") ?? "zeros"
            guard let interpolation = GridSample.Interpolation(rawValue: names[mode] ?? mode),
                let padding = GridSample.Padding(rawValue: padding)
            else { throw node.unsupported("GridSample in mode '\(mode)', '\(padding)' is not known") }
            return GridSample(
                interpolation: interpolation, padding: padding,
                alignsCorners: try node.takeFlag("align_corners") ?? false)
        } write: { op, node in
            let old: [GridSample.Interpolation: String] = [.linear: "bilinear", .cubic: "bicubic"]
            let name = op.interpolation.rawValue
            node.attributes["mode"] = .string(Array((node.version < 20 ? old[op.interpolation] ?? name : name).utf8))
            node.attributes["padding_mode"] = .string(Array(op.padding.rawValue.utf8))
            node.put("align_corners", op.alignsCorners, unless: false)
        },
        OnnxOperatorRow("MaxUnpool", MaxUnpool.self) { node in
            MaxUnpool(window: try node.takeWindow())
        } write: { op, node in
            node.putWindow(op.window)
        },
        OnnxOperatorRow("Unique", Unique.self) { node in
            Unique(axis: try node.takeInt("axis"), sorts: try node.takeFlag("sorted") ?? true)
        } write: { op, node in
            if let axis = op.axis { node.attributes["axis"] = .int(axis) }
            node.put("sorted", op.sorts, unless: true)
        },
        OnnxOperatorRow("ReverseSequence", ReverseSequence.self) { node in
            ReverseSequence(
                batchAxis: try node.takeInt("batch_axis") ?? 1, timeAxis: try node.takeInt("time_axis") ?? 0)
        } write: { op, node in
            node.put("batch_axis", op.batchAxis, unless: 1)
            node.put("time_axis", op.timeAxis, unless: 0)
        },
    ]
}
