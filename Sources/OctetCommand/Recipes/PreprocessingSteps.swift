import ArgumentParser
import Octet

/// Preprocessing as a list of steps in any order: `resize=256;crop=224;scale=1/255;mean=0.5;std=0.25`.
///
/// Resizing and cutting out come before the arithmetic, in the order given. Scale, mean and std in this order are
/// exactly the flags of these names; another order is brought into that form.
struct PreprocessingSteps: ExpressibleByArgument {
    let preprocessing: Preprocessing

    static let keys = ["resize", "crop", "scale", "mean", "std", "channels", "layout"]

    init(_ preprocessing: Preprocessing) { self.preprocessing = preprocessing }

    init?(argument: String) {
        let pairs = argument.split(separator: ";").map { step -> (String, String) in
            let parts = step.split(separator: "=", maxSplits: 1).map(String.init)
            return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        }
        guard let preprocessing = Self.preprocessing(pairs) else { return nil }
        self.preprocessing = preprocessing
    }

    private static func preprocessing(_ steps: [(key: String, value: String)]) -> Preprocessing? {
        var result = Preprocessing.none
        var arithmetic: [(key: String, values: [Float])] = []
        var scale: Preprocessing.Scale?
        for (key, value) in steps {
            switch key {
            case "resize", "crop":
                guard arithmetic.isEmpty, let size = PictureSize(argument: value) else { return nil }
                result.steps.append(size.step(crops: key == "crop"))
            case "scale":
                guard let own = Preprocessing.Scale(value) else { return nil }
                scale = own
                arithmetic.append((key, [own.applied(to: 1)]))
            case "mean", "std":
                guard let numbers = Numbers(argument: value)?.values else { return nil }
                arithmetic.append((key, numbers))
            case "channels":
                guard let order = Preprocessing.ChannelOrder(rawValue: value) else { return nil }
                result.channelOrder = order
            case "layout":
                guard let layout = Preprocessing.Layout(rawValue: value) else { return nil }
                result.layout = layout
            default: return nil
            }
        }
        let places = arithmetic.compactMap { ["scale", "mean", "std"].firstIndex(of: $0.key) }
        if zip(places, places.dropFirst()).allSatisfy({ $0 < $1 }) {
            result.scale = scale ?? .factor(1)
            for (key, values) in arithmetic where key != "scale" {
                if key == "mean" { result.mean = values } else { result.standardDeviation = values }
            }
            return result
        }
        return compose(arithmetic, into: result)
    }

    /// Steps in another order as `(pixel − mean) / std`.
    private static func compose(
        _ arithmetic: [(key: String, values: [Float])], into preprocessing: Preprocessing
    ) -> Preprocessing? {
        let channels = arithmetic.map(\.values.count).max() ?? 1
        guard arithmetic.allSatisfy({ $0.values.count == 1 || $0.values.count == channels }) else { return nil }
        var factors = Array(repeating: 1.0, count: channels)
        var offsets = Array(repeating: 0.0, count: channels)
        for (key, values) in arithmetic {
            for channel in 0..<channels {
                let value = Double(values[values.count == 1 ? 0 : channel])
                switch key {
                case "mean": offsets[channel] -= value
                case "scale":
                    factors[channel] *= value
                    offsets[channel] *= value
                default:
                    factors[channel] /= value
                    offsets[channel] /= value
                }
            }
        }
        guard factors.allSatisfy({ $0 != 0 && $0.isFinite }) else { return nil }
        var result = preprocessing
        result.mean = zip(offsets, factors).map { Float(-$0 / $1) }
        result.standardDeviation = factors.map { Float(1 / $0) }
        return result
    }

    /// The list that gives this preprocessing again, without what changes nothing.
    var list: [(key: String, value: String)] {
        var list = preprocessing.steps.map { step -> (key: String, value: String) in
            switch step {
            case .resizeShorterSide(let side): ("resize", "\(side)")
            case .resize(let width, let height): ("resize", "\(width)x\(height)")
            case .crop(let width, let height): ("crop", width == height ? "\(width)" : "\(width)x\(height)")
            }
        }
        func text(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
        if preprocessing.scale != .factor(1) { list.append(("scale", preprocessing.scale.description)) }
        if preprocessing.mean != [0] { list.append(("mean", text(preprocessing.mean))) }
        if preprocessing.standardDeviation != [1] { list.append(("std", text(preprocessing.standardDeviation))) }
        if preprocessing.channelOrder != .rgb { list.append(("channels", preprocessing.channelOrder.rawValue)) }
        if let layout = preprocessing.layout { list.append(("layout", layout.rawValue)) }
        return list
    }
}
