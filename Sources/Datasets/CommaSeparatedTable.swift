internal import TensorCore

/// The rows of a text file with comma-separated fields; a field in double quotes may hold commas and doubled quotes.
struct CommaSeparatedTable {
    struct Row {
        /// Counted from 1.
        let line: Int
        let fields: [String]
    }

    /// Without blank lines.
    let rows: [Row]

    /// - Throws: `inputOutput` when the file cannot be read.
    init(path: String) throws {
        rows = try Files.lines(of: path).enumerated().compactMap { index, line in
            let fields = Self.fields(of: line)
            return fields.allSatisfy(\.isEmpty) ? nil : Row(line: index + 1, fields: fields)
        }
    }

    private static func fields(of line: Substring) -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        for character in line {
            switch character {
            case "\"":
                // A doubled quote leaves the field and enters it again: the second one is part of it.
                if !isQuoted && !field.isEmpty && field.last != " " { field.append("\"") }
                isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(trimmed(field))
                field = ""
            default:
                field.append(character)
            }
        }
        return fields + [trimmed(field)]
    }

    private static func trimmed(_ field: String) -> String {
        let start = field.drop { $0 == " " || $0 == "\t" }
        let blanks = start.reversed().prefix { $0 == " " || $0 == "\t" }.count
        return String(start.dropLast(blanks))
    }
}
