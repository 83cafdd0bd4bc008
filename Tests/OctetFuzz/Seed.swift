import Foundation
import Octet

/// A model that mutations start from, taken apart once.
final class Seed {
    let path: String
    let bytes: [UInt8]
    /// `nil` when the file is damaged already.
    let message: OnnxMessage?
    /// The ways to the fields of each kind of message.
    let places: [OnnxMessage.Kind: [[Int]]]
    let kinds: [OnnxMessage.Kind]
    private let contents: [Place: [OnnxMessage.Content]]

    private struct Place: Hashable {
        var kind: OnnxMessage.Kind
        var number: Int
    }

    init(path: String) throws {
        self.path = path
        bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        message = OnnxMessage(bytes[...], kind: .model)
        var places: [OnnxMessage.Kind: [[Int]]] = [:]
        var contents: [Place: [OnnxMessage.Content]] = [:]
        message?.forEachField { path, kind, field in
            places[kind, default: []].append(path)
            contents[Place(kind: kind, number: field.number), default: []].append(field.content)
        }
        self.places = places
        self.contents = contents
        kinds = OnnxMessage.Kind.allCases.filter { places[$0] != nil }
    }

    /// What stands in the fields of this number in messages of this kind.
    func fields(in kind: OnnxMessage.Kind, number: Int) -> [OnnxMessage.Content] {
        contents[Place(kind: kind, number: number)] ?? []
    }
}

/// All seeds, each read when it is first used.
final class Seeds {
    let paths: [String]
    private var read: [Int: Seed] = [:]

    init(paths: [String]) { self.paths = paths }

    subscript(index: Int) -> Seed {
        get throws {
            if let seed = read[index] { return seed }
            let seed = try Seed(path: paths[index])
            if read.count > 400 { read.removeAll() }
            read[index] = seed
            return seed
        }
    }

    /// The model files of the folders, by size at most `largest` bytes, sorted so that a run can be repeated.
    static func files(in folders: [String], largest: Int) -> [String] {
        var found: [String] = []
        for folder in folders.map({ URL(filePath: $0).resolvingSymlinksInPath().path }) {
            let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
            let names = files.filter { $0.hasSuffix(".onnx") }.map { folder + "/" + $0 }
            found += folder.hasSuffix(".onnx") ? [folder] : names.sorted()
        }
        return found.filter { path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return size.map { $0 <= largest } ?? false
        }
    }

    /// A copy of a model whose tensors stand in a file of their own.
    static func externalCopy(of path: String, in folder: String) throws -> String {
        let copy = folder + "/external.onnx"
        try OnnxWriter.write(OnnxReader.read(path: path), to: copy, options: .init(externalDataThreshold: 0))
        return copy
    }
}
