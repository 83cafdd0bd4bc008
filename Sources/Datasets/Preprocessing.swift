/// How a picture becomes numbers: steps that change its size, in order, then `x = (pixel · scale − mean) / std`.
public struct Preprocessing: Sendable, Hashable {
    /// One change of size.
    public enum Step: Sendable, Hashable {
        /// Brings the shorter side to a length; the longer one follows in proportion, rounded down.
        case resizeShorterSide(Int)
        case resize(width: Int, height: Int)
        /// Cuts out the middle.
        case crop(width: Int, height: Int)
    }

    /// The order in which colours follow each other.
    public enum ChannelOrder: String, Sendable, Hashable, CaseIterable {
        case rgb
        case bgr
    }

    /// Where the channels stand.
    public enum Layout: String, Sendable, Hashable, CaseIterable {
        /// Batch, channel, row, column.
        case nchw
        /// Batch, row, column, channel.
        case nhwc
    }

    /// Changes of size, in order.
    public var steps: [Step]
    /// What a pixel in 0...255 is scaled with. This, the subtraction and the division are float32 operations.
    public var scale: Scale
    /// One value for all channels, or one for each in the order of ``channelOrder``.
    public var mean: [Float]
    /// Like ``mean``.
    public var standardDeviation: [Float]
    /// The order of the tensor's channels.
    public var channelOrder: ChannelOrder
    /// What the model's input wants; `nil` to take it from the input's shape.
    public var layout: Layout?

    /// Pixels as they are, but for what is given.
    public init(
        steps: [Step] = [], scale: Scale = .factor(1), mean: [Float] = [0], standardDeviation: [Float] = [1],
        channelOrder: ChannelOrder = .rgb, layout: Layout? = nil
    ) {
        self.steps = steps
        self.scale = scale
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.channelOrder = channelOrder
        self.layout = layout
    }

    /// Pixels as they are, in 0...255.
    public static let none = Preprocessing()

    /// The statistics of ImageNet on pixels in 0...1, as PyTorch's and Paddle's models want them.
    public static let imagenet = Preprocessing(
        scale: .divisor(255), mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

    /// Blue first, less the mean pixel, as Caffe's models want it.
    public static let caffe = Preprocessing(mean: [104, 117, 123], channelOrder: .bgr)

    /// Pixels in −1...1, as TensorFlow's models want them.
    public static let tf = Preprocessing(mean: [127.5], standardDeviation: [127.5])

    /// The usual sets under the names a command line gives them.
    public static let presets: [(name: String, preprocessing: Preprocessing)] = [
        ("imagenet", .imagenet), ("caffe", .caffe), ("tf", .tf), ("none", .none),
    ]

    /// True when a pixel's value does not change, whatever happens to the size.
    public var keepsValues: Bool {
        scale.keepsValues && mean.allSatisfy { $0 == 0 } && standardDeviation.allSatisfy { $0 == 1 }
    }
}
