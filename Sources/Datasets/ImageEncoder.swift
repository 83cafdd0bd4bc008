internal import TensorCore

/// Turns pictures into what one input of a model takes.
struct ImageEncoder: Sendable {
    let preprocessing: Preprocessing
    let input: DatasetInput
    private let layout: Preprocessing.Layout
    /// Extents that the input fixes; the picture must have them after the steps.
    private let height: Int?
    private let width: Int?
    private let channels: Int?

    /// - Throws: `invalidArgument` when the preprocessing contradicts itself or the input.
    init(_ preprocessing: Preprocessing, for input: DatasetInput) throws {
        try preprocessing.check()
        self.preprocessing = preprocessing
        self.input = input
        let shape = input.type.shape.flatMap { $0.count == 4 ? $0 : nil }
        let layout = preprocessing.layout ?? Self.layout(of: shape)
        self.layout = layout
        let axes = layout == .nchw ? (channel: 1, row: 2, column: 3) : (channel: 3, row: 1, column: 2)
        height = shape?[axes.row].value
        width = shape?[axes.column].value
        channels = shape?[axes.channel].value
        if let channels, channels != 1 && channels != 3 {
            throw OctetError(
                .invalidArgument, "input '\(input.name)' is not for pictures", expected: "1 or 3 channels",
                found: "\(channels) (\(layout.rawValue), \(input.type))",
                remedy: "Give --layout nchw or nhwc, or data as arrays")
        }
        if let channels { _ = try preprocessing.tables(channels: channels) }
    }

    /// A shape with 1 or 3 channels in one of the two places tells the layout.
    private static func layout(of shape: [Dimension]?) -> Preprocessing.Layout {
        guard let shape else { return .nchw }
        func isChannels(_ axis: Int) -> Bool { shape[axis].value == 1 || shape[axis].value == 3 }
        return isChannels(3) && !isChannels(1) ? .nhwc : .nchw
    }

    /// The tensor for one picture, batch axis included.
    /// - Throws: `invalidData` when its size or its channels are not what the input takes.
    func tensor(from picture: Image) throws -> Tensor {
        let sized = try preprocessing.applyingSteps(to: picture)
        guard height ?? sized.height == sized.height, width ?? sized.width == sized.width else {
            throw OctetError(
                .invalidData, "the picture has another size than input '\(input.name)' (width x height)",
                expected: "\(width ?? sized.width) x \(height ?? sized.height)",
                found: "\(sized.width) x \(sized.height)",
                remedy: "Set --resize and --crop")
        }
        guard let image = sized.withChannels(channels ?? sized.channels) else {
            throw OctetError(
                .invalidData, "the picture has \(sized.channels) channels", expected: "\(channels ?? 3)")
        }
        let extents =
            layout == .nchw
            ? [image.channels, image.height, image.width] : [image.height, image.width, image.channels]
        if input.type.elementType == .uint8, preprocessing.keepsValues {
            let identity = Array(repeating: (0...255).map(UInt8.init), count: image.channels)
            return try input.arranged(Tensor(arrange(image, identity), shape: extents))
        }
        let numbers = arrange(image, try preprocessing.tables(channels: image.channels))
        return try input.arranged(input.converted(Tensor(numbers, shape: extents)))
    }

    /// The picture's samples in the order of the tensor, each looked up in its channel's table.
    private func arrange<Number: BitwiseCopyable>(_ image: Image, _ tables: [[Number]]) -> [Number] {
        let (channels, count) = (image.channels, image.width * image.height)
        let (pixelStride, channelStride) = layout == .nchw ? (1, count) : (channels, 1)
        return [Number](unsafeUninitializedCapacity: count * channels) { target, initialized in
            image.pixels.withUnsafeBufferPointer { source in
                for channel in 0..<channels {
                    let from = preprocessing.channelOrder == .bgr ? channels - 1 - channel : channel
                    tables[channel].withUnsafeBufferPointer { table in
                        for pixel in 0..<count {
                            let value = source[pixel * channels + from]
                            target[pixel * pixelStride + channel * channelStride] = table[Int(value)]
                        }
                    }
                }
            }
            initialized = count * channels
        }
    }
}
