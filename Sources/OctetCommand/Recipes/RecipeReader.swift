import ArgumentParser
import Foundation
import Octet
import Yams

/// Reads recipes: YAML files, or the ones that quantized models carry.
enum RecipeReader {
    /// - Throws: `inputOutput` when the file cannot be read, `invalidArgument` naming line and key when it cannot be
    ///   followed.
    static func read(_ path: String) throws -> Recipe {
        try parse(try text(of: path), path: path)
    }

    private static func text(of path: String) throws -> String {
        guard ModelFormat(path: path) == nil else {
            let properties = try Model(path: path).graph.metadata.properties
            guard let recipe = properties.first(where: { $0.key == Recipe.property }) else {
                throw OctetError(
                    .invalidArgument, "the model does not say how it was quantized", file: path,
                    expected: "a property '\(Recipe.property)'", remedy: "Give a YAML file")
            }
            return recipe.value
        }
        do {
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw OctetError(.inputOutput, "the recipe cannot be read", file: path, remedy: "Check the path")
        }
    }

    /// The entries of a recipe, each of which a command line can take.
    static func parse(_ text: String, path: String) throws -> Recipe {
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            throw OctetError(.invalidArgument, "the recipe is no YAML: \(reason)", file: path)
        }
        guard let root else { return Recipe(entries: []) }
        guard let mapping = root.mapping else {
            throw OctetError(
                .invalidArgument, "a recipe is a mapping from flags to values", file: path,
                expected: "lines like 'weights: int8'")
        }
        var entries: [Recipe.Entry] = []
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            let name = key.string ?? ""
            guard let kind = Recipe.keys.first(where: { $0.name == name })?.kind else {
                let nearest = nearest(to: name, among: Recipe.keys.map(\.name))
                throw failure("unknown key '\(name)'", path, line, remedy: "Did you mean '\(nearest)'?")
            }
            guard !entries.contains(where: { $0.key == name }) else {
                throw failure("key '\(name)' stands twice", path, line)
            }
            let entry = Recipe.Entry(key: name, values: try values(of: value, name, kind, path, line), line: line)
            try check(entry, path)
            entries.append(entry)
        }
        return Recipe(entries: entries)
    }

    private static func values(
        of node: Yams.Node, _ name: String, _ kind: Recipe.Kind, _ path: String, _ line: Int
    ) throws -> [String] {
        switch kind {
        case .steps:
            guard let sequence = node.sequence else {
                throw failure("'\(name)' must be a list of steps", path, line, expected: "- resize: 256")
            }
            return try sequence.map { try step(of: $0, path, $0.mark?.line ?? line) }
        case .flag:
            guard let value = node.bool else {
                throw failure("'\(name)' must be true or false", path, line, found: node.string)
            }
            return [value ? "true" : "false"]
        case .value, .repeated:
            return try node.sequence.map { try $0.map { try scalar($0, name, path, line) } } ?? [
                scalar(node, name, path, line)
            ]
        }
    }

    private static func step(of node: Yams.Node, _ path: String, _ line: Int) throws -> String {
        guard let mapping = node.mapping, mapping.count == 1, let (key, value) = mapping.first else {
            throw failure("each step of 'preprocessing' has one key", path, line, expected: "- resize: 256")
        }
        let name = key.string ?? ""
        guard PreprocessingSteps.keys.contains(name) else {
            let nearest = nearest(to: name, among: PreprocessingSteps.keys)
            throw failure("unknown step '\(name)' of 'preprocessing'", path, line, remedy: "Did you mean '\(nearest)'?")
        }
        let values = try values(of: value, name, .value, path, line)
        return "\(name)=" + values.joined(separator: ",")
    }

    private static func scalar(_ node: Yams.Node, _ name: String, _ path: String, _ line: Int) throws -> String {
        guard let text = node.scalar?.string, !text.isEmpty else {
            throw failure("'\(name)' has no value", path, line)
        }
        return text
    }

    /// The flags of a recipe by themselves, to see whether a value can be understood.
    private struct Flags: ParsableArguments {
        @OptionGroup var method: MethodFlags
        @OptionGroup var quantization: QuantizationFlags
        @OptionGroup var preprocessing: PreprocessingFlags
        @OptionGroup var input: InputFlags
    }

    private static func check(_ entry: Recipe.Entry, _ path: String) throws {
        do {
            _ = try Flags.parse(Recipe.arguments(of: entry))
        } catch {
            var reason = Flags.message(for: error)
            if entry.key == "preprocessing" {
                reason = "sizes must be N or WxH and come before scale, mean and std, which must be numbers"
            }
            throw failure("'\(entry.key)': \(reason)", path, entry.line, found: entry.values.joined(separator: ", "))
        }
    }

    private static func failure(
        _ message: String, _ path: String, _ line: Int, expected: String? = nil, found: String? = nil,
        remedy: String? = nil
    ) -> OctetError {
        OctetError(
            .invalidArgument, "line \(line) of the recipe: \(message)", file: path, expected: expected, found: found,
            remedy: remedy)
    }

    /// The word with the fewest changes of letters to another.
    private static func nearest(to word: String, among words: [String]) -> String {
        words.min { distance(word, $0) < distance(word, $1) } ?? ""
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let replaced = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
