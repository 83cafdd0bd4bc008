/// Rows of text in aligned columns: the first column to the left, numbers to the right.
public struct TextTable: Sendable {
    private let header: [String]
    private var rows: [[String]] = []

    /// A table with these columns.
    public init(_ header: String...) {
        self.header = header
    }

    /// Adds a row; missing cells stay empty.
    public mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    /// The table, a line a row, the last without a line end.
    public var text: String {
        let lines = [header] + rows
        let widths = header.indices.map { column in
            lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let leftAligned = header.indices.map { column in
            column == 0 || !rows.allSatisfy { column >= $0.count || Self.isNumeric($0[column]) }
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([header, rule] + rows).map { cells in
            let line = header.indices.map { column -> String in
                let cell = column < cells.count ? cells[column] : ""
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return leftAligned[column] ? cell + padding : padding + cell
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// A number, perhaps with a sign, a unit or a place that was left empty.
    private static func isNumeric(_ cell: String) -> Bool {
        guard let first = cell.drop(while: { "+-−".contains($0) }).first else { return true }
        return first.isNumber || cell.hasSuffix("inf")
    }
}
