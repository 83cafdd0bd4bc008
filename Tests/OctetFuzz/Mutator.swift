import TestSupport

/// Makes damaged copies of models. Most keep to the format and change what it says: dimensions, attributes, names,
/// types, order, nesting; some break the bytes themselves.
struct Mutator {
    private let seed: Seed
    /// Another model that parts are taken from.
    private let donor: Seed
    private var random: SplitMix64

    init(_ seed: Seed, donor: Seed, random: SplitMix64) {
        self.seed = seed
        self.donor = donor
        self.random = random
    }

    mutating func mutated() -> [UInt8] {
        guard var message = seed.message, chance(9, of: 10) else { return damaged(seed.bytes, rounds: 1 + below(4)) }
        repeat { mutate(&message) } while chance(1, of: 2)
        let bytes = message.bytes
        return chance(1, of: 8) ? damaged(bytes, rounds: 1) : bytes
    }

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(limit, 1))) }

    private mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }

    private mutating func pick<T>(_ list: [T]) -> T? { list.isEmpty ? nil : list[below(list.count)] }

    // MARK: What the format says

    private mutating func mutate(_ message: inout OnnxMessage) {
        guard let kind = pick(seed.kinds), let path = pick(seed.places[kind] ?? []) else { return }
        message.change(path[...]) { parent, index in
            let field = parent.fields[index]
            switch below(20) {
            case 0: parent.fields.remove(at: index)
            case 1: parent.fields.insert(field, at: index)
            case 2: parent.fields.swapAt(index, below(parent.fields.count))
            case 3: parent.fields[index].number = below(30)
            case 4, 5:
                guard let foreign = pick(donor.fields(in: parent.kind, number: field.number)) else { return }
                parent.fields[index].content = foreign
            case 6:
                guard let foreign = pick(donor.fields(in: parent.kind, number: field.number)) else { return }
                parent.fields.insert(.init(number: field.number, content: foreign), at: index)
            default: parent.fields[index].content = changed(field, in: parent.kind)
            }
        }
    }

    private mutating func changed(_ field: OnnxMessage.Field, in kind: OnnxMessage.Kind) -> OnnxMessage.Content {
        switch field.content {
        case .varint(let value): return .varint(changed(value))
        case .fixed64(let value): return .fixed64(changed(value))
        case .fixed32(let bits):
            let special: [Float] = [
                0, -0.0, 1, -1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
            ]
            return .fixed32(chance(1, of: 3) ? bits ^ 1 << UInt32(below(32)) : (pick(special) ?? 0).bitPattern)
        case .bytes(let data):
            guard kind.isText(field.number) else { return .bytes(changed(data)) }
            return .bytes(text(data, kind, field.number))
        case .message(var inner):
            if chance(1, of: 3), kind == .attribute, field.number == 6 || field.number == 11 {
                return .message(nested(inner, depth: 1 + below(130)))
            }
            if !inner.fields.isEmpty { inner.fields.remove(at: below(inner.fields.count)) }
            return .message(inner)
        }
    }

    private mutating func changed(_ value: UInt64) -> UInt64 {
        let special: [UInt64] = [
            0, 1, 2, 3, 7, 127, 128, 255, 65535, 65536, 1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 40, 1 << 62,
            1 << 63 - 1, 1 << 63, .max, .max - 1, 0 &- (1 << 31), 0 &- (1 << 32), 1 << 33,
        ]
        switch below(6) {
        case 0: return value &+ 1
        case 1: return value &- 1
        case 2: return value ^ 1 << UInt64(below(64))
        case 3: return UInt64(below(30))
        case 4: return 0 &- value
        default: return pick(special) ?? 0
        }
    }

    /// Names and operator types are swapped with others of the same place, which makes cycles, loose ends and
    /// operators on inputs that are not theirs.
    private mutating func text(_ data: [UInt8], _ kind: OnnxMessage.Kind, _ number: Int) -> [UInt8] {
        switch below(10) {
        case 0: return []
        case 1: return damaged(data, rounds: 1)
        case 2: return Array(repeating: 0x61, count: below(2000))
        case 3: return Array(String([Int64.max, .min, -1, 0, 1 << 40, 7][below(6)]).utf8)
        case 4, 5: if case .bytes(let other)? = pick(donor.fields(in: kind, number: number)) { return other }
        default:
            // A node's inputs and outputs are names of the same kind.
            let place = kind == .node && number <= 2 && chance(1, of: 3) ? 3 - number : number
            if case .bytes(let other)? = pick(seed.fields(in: kind, number: place)) { return other }
        }
        return data
    }

    /// Packed numbers or the elements of a tensor.
    private mutating func changed(_ data: [UInt8]) -> [UInt8] {
        var data = data
        switch below(6) {
        case 0: data.removeLast(min(data.count, 1 + below(9)))
        case 1: data += Array(repeating: UInt8(below(256)), count: 1 + below(9))
        case 2: data.removeAll()
        default:
            let width = [1, 4, 8][below(3)]
            guard data.count >= width else { return damaged(data, rounds: 1) }
            let start = below(data.count / width) * width
            let value = changed(UInt64(below(4)))
            for offset in 0..<width { data[start + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset)) }
        }
        return data
    }

    /// The graph inside an `Identity` node's attribute of itself, again and again.
    private func nested(_ graph: OnnxMessage, depth: Int) -> OnnxMessage {
        (0..<depth).reduce(graph) { inner, _ in
            var outer = graph
            var attribute = OnnxMessage.Field(number: 5, content: .bytes([]))
            if let node = graph.fields.firstIndex(where: { $0.number == 1 }),
                case .message(var message) = graph.fields[node].content
            {
                let name = OnnxMessage.Field(number: 1, content: .bytes(Array("body".utf8)))
                let body = OnnxMessage.Field(number: 6, content: .message(inner))
                let type = OnnxMessage.Field(number: 20, content: .varint(5))
                if var own = OnnxMessage([], kind: .attribute) {
                    own.fields = [name, body, type]
                    attribute.content = .message(own)
                }
                message.fields.append(attribute)
                outer.fields[node].content = .message(message)
            }
            return outer
        }
    }

    // MARK: Bytes

    private mutating func damaged(_ original: [UInt8], rounds: Int) -> [UInt8] {
        var bytes = original
        for _ in 0..<rounds where !bytes.isEmpty {
            // What describes the network stands mostly at the front of a file or behind its last weights.
            let position = chance(1, of: 4) ? below(bytes.count) : below(min(bytes.count, 4000))
            switch below(10) {
            case 0...3: bytes[position] ^= 1 << UInt8(below(8))
            case 4, 5: bytes[position] = [0, 1, 0x7f, 0x80, 0xff][below(5)]
            case 6: bytes[position] = bytes[position] &+ UInt8(below(4)) &- 1
            case 7: bytes.replaceSubrange(position..<min(position + 1 + below(10), bytes.count), with: [255, 255, 127])
            case 8:
                let source = below(bytes.count)
                bytes.insert(contentsOf: Array(bytes[source..<min(source + 40, bytes.count)]), at: position)
            default: bytes.removeSubrange((position + below(bytes.count - position))...)
            }
        }
        return bytes
    }
}
