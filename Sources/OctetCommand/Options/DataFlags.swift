import ArgumentParser
import Octet

/// Flags about how pictures become numbers.
struct PreprocessingFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A YAML file with flags and their values, or a model quantized by Octet, which holds its own.",
            valueName: "FILE"))
    var recipe: String?

    @Option(help: .hidden)
    var preprocessing: PreprocessingSteps?

    @Option(help: "Starts from a usual set.")
    var preprocess: PreprocessingPreset?

    @Option(help: ArgumentHelp("Brings the shorter side to N, or the picture to WxH.", valueName: "N|WxH"))
    var resize: PictureSize?

    @Option(help: ArgumentHelp("Then cuts out the middle, NxN or WxH.", valueName: "N|WxH"))
    var crop: PictureSize?

    @Option(help: "What a pixel in 0...255 is multiplied with: 0.0625 or 1/255.")
    var scale: PixelScale?

    @Option(help: ArgumentHelp("Then subtracted, one number or one a channel.", valueName: "a,b,c"))
    var mean: Numbers?

    @Option(help: ArgumentHelp("Then divided by, one number or one a channel.", valueName: "a,b,c"))
    var std: Numbers?

    @Option(help: "The order of the channels (default: rgb).")
    var channels: ChannelOrder?

    @Option(help: "What the model's input wants (default: from its shape).")
    var layout: InputLayout?

    var result: Preprocessing {
        var result = preprocess?.preprocessing ?? preprocessing?.preprocessing ?? .none
        var steps: [Preprocessing.Step] = []
        if let resize { steps.append(resize.step(crops: false)) }
        if let crop { steps.append(crop.step(crops: true)) }
        if !steps.isEmpty { result.steps = steps }
        if let scale { result.scale = scale.scale }
        if let mean { result.mean = mean.values }
        if let std { result.standardDeviation = std.values }
        if let channels { result.channelOrder = channels.order }
        if let layout { result.layout = layout.layout }
        return result
    }
}

/// Flags about labelled data.
struct DataFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder of JPEG/PNG images, a .npy, a .npz, a folder of these, a CIFAR-10 binary file, or a folder of "
                + "ONNX test data.", valueName: "PATH"))
    var data: String

    @Option(help: "At most so many samples, spread evenly over the data.")
    var samples: Int?

    @OptionGroup(title: "Preprocessing of images and uint8 arrays")
    var preprocessing: PreprocessingFlags

    func validate() throws {
        guard samples ?? 1 >= 1 else { throw ValidationError("--samples must be above 0.") }
    }

    func open(for graph: Graph, labels: String? = nil, labelOffset: Int = 0) throws -> any Dataset {
        try DataSource.open(
            data, for: graph, preprocessing: preprocessing.result, labels: labels, labelOffset: labelOffset)
    }
}

struct PreprocessingPreset: ExpressibleByArgument {
    let preprocessing: Preprocessing

    init?(argument: String) {
        guard let preset = Preprocessing.presets.first(where: { $0.name == argument }) else { return nil }
        preprocessing = preset.preprocessing
    }

    static var allValueStrings: [String] { Preprocessing.presets.map(\.name) }
}

/// `224` or `320x240`
struct PictureSize: ExpressibleByArgument {
    let width: Int
    let height: Int
    let isSquareSide: Bool

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x").map { Int($0) }
        let sides = parts.compactMap { $0 }
        guard sides.count == parts.count, (1...2).contains(sides.count), sides.allSatisfy({ (1...65_536).contains($0) })
        else { return nil }
        width = sides[0]
        height = sides[sides.count - 1]
        isSquareSide = sides.count == 1
    }

    /// What it means for a picture: one number is the shorter side after resizing, and both sides after cutting out.
    func step(crops: Bool) -> Preprocessing.Step {
        if crops { return .crop(width: width, height: height) }
        return isSquareSide ? .resizeShorterSide(width) : .resize(width: width, height: height)
    }
}

/// `0.0625` or `1/255`
struct PixelScale: ExpressibleByArgument {
    let scale: Preprocessing.Scale

    init?(argument: String) {
        guard let scale = Preprocessing.Scale(argument) else { return nil }
        self.scale = scale
    }
}

struct Numbers: ExpressibleByArgument {
    let values: [Float]

    init?(argument: String) {
        let parts = argument.split(separator: ",").map { Float($0) }
        values = parts.compactMap { $0 }
        guard !values.isEmpty, values.count == parts.count else { return nil }
    }
}

struct ChannelOrder: ExpressibleByArgument {
    let order: Preprocessing.ChannelOrder

    init?(argument: String) {
        guard let order = Preprocessing.ChannelOrder(rawValue: argument) else { return nil }
        self.order = order
    }

    static var allValueStrings: [String] { Preprocessing.ChannelOrder.allCases.map(\.rawValue) }
}

struct InputLayout: ExpressibleByArgument {
    let layout: Preprocessing.Layout

    init?(argument: String) {
        guard let layout = Preprocessing.Layout(rawValue: argument) else { return nil }
        self.layout = layout
    }

    static var allValueStrings: [String] { Preprocessing.Layout.allCases.map(\.rawValue) }
}
