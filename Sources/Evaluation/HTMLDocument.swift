/// A page of headings, paragraphs and tables that needs nothing from elsewhere.
struct HTMLDocument {
    private let title: String
    private var body = ""

    init(title: String) {
        self.title = title
        body = "<h1>\(Self.escaped(title))</h1>\n"
    }

    mutating func heading(_ text: String) { body += "<h2>\(Self.escaped(text))</h2>\n" }

    mutating func paragraph(_ text: String) { body += "<p>\(Self.escaped(text))</p>\n" }

    mutating func preformatted(_ text: String) { body += "<pre>\(Self.escaped(text))</pre>\n" }

    /// A table; columns whose cells are numbers stand to the right.
    /// - Parameter bars: for each row a share in 0...1, drawn behind its first cell.
    mutating func table(_ columns: [String], _ rows: [[String]], bars: [Double]? = nil) {
        body += "<table><tr>" + columns.map { "<th>\(Self.escaped($0))</th>" }.joined() + "</tr>\n"
        for (index, row) in rows.enumerated() {
            body += "<tr>"
            for (column, cell) in row.enumerated() {
                let isNumber = cell.first.map { $0.isNumber || "-−∞".contains($0) } ?? false
                var attributes = column > 0 && isNumber ? " class=\"number\"" : ""
                if column == 0, let bars {
                    let share = Int((min(max(bars[index], 0), 1) * 100).rounded())
                    attributes = " style=\"background:linear-gradient(90deg,#f3c9a8 \(share)%,transparent \(share)%)\""
                }
                body += "<td\(attributes)>\(Self.escaped(cell))</td>"
            }
            body += "</tr>\n"
        }
        body += "</table>\n"
    }

    var text: String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(title))</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
        body{font:15px/1.45 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}
        h1{font-size:1.6em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #ccc}
        table{border-collapse:collapse;margin:.6em 0}td,th{padding:.15em .8em .15em .3em;text-align:left;
        border-bottom:1px solid #eee;vertical-align:top;overflow-wrap:anywhere}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        pre{background:#f6f6f4;padding:.8em;overflow:auto}
        </style></head><body>
        \(body)</body></html>

        """
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
