internal import TensorCore

/// The few Python literals that the head of a `.npy` file is made of.
enum PythonLiteral: Equatable {
    case text(String)
    case flag(Bool)
    case tuple([Int])
    /// A list: the description of a record.
    case other

    /// Reads `{'name': literal, …}`.
    /// - Throws: `invalidData` when it is anything else.
    static func parseDictionary(_ text: String) throws -> [String: PythonLiteral] {
        var parser = Parser(rest: Array(text.utf8)[...])
        guard let fields = parser.dictionary() else {
            throw OctetError(.invalidData, "has a damaged head", expected: "a Python dictionary", found: text)
        }
        return fields
    }

    private struct Parser {
        var rest: ArraySlice<UInt8>

        mutating func dictionary() -> [String: PythonLiteral]? {
            guard accept("{") else { return nil }
            var fields: [String: PythonLiteral] = [:]
            while !accept("}") {
                guard let name = quoted(), accept(":"), let value = literal() else { return nil }
                fields[name] = value
                guard accept(",") || rest.first == UInt8(ascii: "}") else { return nil }
            }
            return fields
        }

        private mutating func literal() -> PythonLiteral? {
            skipBlanks()
            switch rest.first {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): return quoted().map(PythonLiteral.text)
            case UInt8(ascii: "("): return tuple()
            case UInt8(ascii: "["): return list()
            default:
                if accept("True") { return .flag(true) }
                if accept("False") { return .flag(false) }
                return nil
            }
        }

        private mutating func tuple() -> PythonLiteral? {
            guard accept("(") else { return nil }
            var values: [Int] = []
            while !accept(")") {
                guard let value = integer() else { return nil }
                values.append(value)
                guard accept(",") || rest.first == UInt8(ascii: ")") else { return nil }
            }
            return .tuple(values)
        }

        /// Passes over a list with everything inside it.
        private mutating func list() -> PythonLiteral? {
            var depth = 0
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "[") { depth += 1 }
                if byte == UInt8(ascii: "]") { depth -= 1 }
                if depth == 0 { return .other }
            }
            return nil
        }

        private mutating func integer() -> Int? {
            skipBlanks()
            let digits = rest.prefix { 48...57 ~= $0 }
            rest = rest.dropFirst(digits.count)
            let value = Int(String(decoding: digits, as: UTF8.self))
            _ = accept("L")
            skipBlanks()
            return value
        }

        private mutating func quoted() -> String? {
            skipBlanks()
            guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
            let content = rest.dropFirst().prefix { $0 != quote }
            rest = rest.dropFirst(content.count + 1)
            guard rest.popFirst() == quote else { return nil }
            skipBlanks()
            return String(decoding: content, as: UTF8.self)
        }

        private mutating func accept(_ token: String) -> Bool {
            skipBlanks()
            guard rest.starts(with: token.utf8) else { return false }
            rest = rest.dropFirst(token.utf8.count)
            skipBlanks()
            return true
        }

        private mutating func skipBlanks() {
            rest = rest.drop { $0 == 32 || $0 == 10 || $0 == 9 || $0 == 13 }
        }
    }
}
