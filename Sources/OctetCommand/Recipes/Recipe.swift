import ArgumentParser
import Octet

/// What a quantization was told, as a text that repeats it: a YAML mapping from the names of flags to their values.
///
/// Reading one puts its entries in front of the flags of the command line, so that these have the last word.
struct Recipe {
    /// One key with its values.
    struct Entry {
        var key: String
        var values: [String]
        /// The line of the file, from 1.
        var line: Int
    }

    var entries: [Entry]

    /// The property of an ONNX file that holds the recipe it was made by.
    static let property = "octet.recipe"

    /// What a key stands for on the command line.
    enum Kind {
        case value
        case repeated
        case flag
        case steps
    }

    /// Every key, in the order in which recipes are written.
    static let keys: [(name: String, kind: Kind)] = [
        ("method", .value), ("calibration", .value), ("samples", .value), ("calibrator", .value),
        ("percentile", .value), ("activations", .value), ("weights", .value), ("granularity", .value),
        ("symmetric-activations", .flag), ("asymmetric-weights", .flag), ("reduce-range", .flag),
        ("dispatch", .value), ("exclude", .repeated), ("equalize", .value), ("bias-correction", .value),
        ("weight-rounding", .value), ("format", .value), ("layer-results", .value),
        ("input-shape", .repeated), ("preprocessing", .steps), ("preprocess", .value), ("resize", .value),
        ("crop", .value), ("scale", .value), ("mean", .value), ("std", .value), ("channels", .value),
        ("layout", .value),
    ]

    /// The keys that say how pictures become numbers: all that verbs other than `quantize` take from a recipe.
    static let pictureKeys: Set<String> = Set(PreprocessingSteps.keys).union(["preprocessing", "preprocess"])

    /// The flags that an entry stands for.
    static func arguments(of entry: Entry) -> [String] {
        switch keys.first(where: { $0.name == entry.key })?.kind {
        case .flag: entry.values == ["true"] ? ["--\(entry.key)"] : ["--no-\(entry.key)"]
        case .steps: ["--preprocessing=" + entry.values.joined(separator: ";")]
        case .repeated: entry.values.map { "--\(entry.key)=\($0)" }
        case .value, nil: ["--\(entry.key)=" + entry.values.joined(separator: ",")]
        }
    }

    /// The words of a command line with `--recipe FILE` replaced by what the file says.
    /// - Throws: `invalidArgument` naming file, line and key when the recipe cannot be followed.
    static func expanded(_ words: [String]) throws -> [String] {
        guard let verb = words.first, ["quantize", "evaluate", "compare"].contains(verb),
            let index = words.firstIndex(where: { $0 == "--recipe" || $0.hasPrefix("--recipe=") })
        else { return words }
        let isSeparate = words[index] == "--recipe"
        guard !isSeparate || words.indices.contains(index + 1) else { return words }
        let path = isSeparate ? words[index + 1] : String(words[index].dropFirst("--recipe=".count))
        let recipe = try RecipeReader.read(path)
        let entries = recipe.entries.filter { verb == "quantize" || pictureKeys.contains($0.key) }
        return [verb] + entries.flatMap(arguments) + words.dropFirst()
    }

    /// The recipe as YAML.
    var text: String {
        var text = ""
        for entry in entries {
            switch Self.keys.first(where: { $0.name == entry.key })?.kind {
            case .repeated:
                text += "\(entry.key):\n" + entry.values.map { "  - \(Self.quoted($0))\n" }.joined()
            case .steps:
                text += "\(entry.key):\n"
                for step in entry.values {
                    let parts = step.split(separator: "=", maxSplits: 1)
                    let numbers = parts[1].split(separator: ",")
                    let value = numbers.count > 1 ? "[" + numbers.joined(separator: ", ") + "]" : String(parts[1])
                    text += "  - \(parts[0]): \(value)\n"
                }
            case .value where entry.key == "calibration":
                text += "\(entry.key): \(Self.quoted(entry.values[0]))\n"
            default: text += "\(entry.key): \(entry.values[0])\n"
            }
        }
        return text
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20: "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
