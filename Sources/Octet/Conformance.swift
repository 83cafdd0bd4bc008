internal import Foundation
public import ModelGraph
internal import OnnxFormat
public import Operators
internal import TensorCore

/// Runs the test cases of the ONNX project, or others in their form.
///
/// A case is a folder with `model.onnx` and folders `test_data_set_K` holding `input_I.pb` and `output_I.pb`. A file
/// `tolerance.txt` may give the relative and the absolute tolerance, else 1e-3 and 1e-7.
public enum Conformance {
    /// Runs every case found in the directories, in the order of their paths.
    /// - Parameters:
    ///   - executor: runs the models; the reference evaluation if left out.
    ///   - progress: is told each case as it is finished.
    /// - Throws: `inputOutput` when a directory cannot be read. What goes wrong inside a case is its outcome.
    public static func run(
        directories: [String], executor: any Executor = ReferenceExecutor(),
        progress: (ConformanceCase) -> Void = { _ in }
    ) throws -> ConformanceReport {
        var report = ConformanceReport()
        for directory in directories {
            for path in try cases(in: directory) {
                let result = ConformanceCase(path: path, outcome: outcome(path, executor))
                report.cases.append(result)
                progress(result)
            }
        }
        return report
    }

    private static func cases(in directory: String) throws -> [String] {
        let directory = URL(filePath: directory).resolvingSymlinksInPath().path
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue,
            let files = FileManager.default.enumerator(atPath: directory)
        else { throw OctetError(.inputOutput, "cannot be read as a folder", file: directory) }
        var found: [String] = []
        if FileManager.default.fileExists(atPath: directory + "/model.onnx") { found.append(directory) }
        for case let file as String in files where file.hasSuffix("/model.onnx") {
            found.append(directory + "/" + file.dropLast("/model.onnx".count))
        }
        return found.filter { !dataSets(in: $0).isEmpty }.sorted()
    }

    private static func dataSets(in path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasPrefix("test_data_set_") }.sorted().map { path + "/" + $0 }
    }

    private static func outcome(_ path: String, _ executor: any Executor) -> ConformanceCase.Outcome {
        do {
            let graph = try OnnxReader.read(path: path + "/model.onnx")
            let tolerance = Tolerance(path: path + "/tolerance.txt")
            var prepared: (types: [ValueType], graph: any PreparedGraph)?
            for dataSet in dataSets(in: path) {
                let inputs = try values(graph, graph.inputs, prefix: dataSet + "/input_")
                let types = inputs.map(\.type)
                let plan: any PreparedGraph
                if let prepared, prepared.types == types {
                    plan = prepared.graph
                } else {
                    plan = try executor.prepare(graph, inputTypes: types, keeping: [])
                    prepared = (types, plan)
                }
                if let difference = try run(plan, graph, inputs, dataSet, tolerance) { return .failed(difference) }
            }
            return .passed
        } catch let error as OctetError {
            return error.kind == .unsupported ? .unsupported("\(error)") : .failed("\(error)")
        } catch {
            return .failed("\(error)")
        }
    }

    private static func values(_ graph: Graph, _ ids: [ValueID], prefix: String) throws -> [Datum] {
        try ids.enumerated().map { index, id in
            try OnnxTensorFile.read(path: "\(prefix)\(index).pb", type: graph[id].type)
        }
    }

    /// Whatever goes wrong from here on is a failure, also an `unsupported` that should have come before.
    /// - Returns: what differs.
    private static func run(
        _ plan: any PreparedGraph, _ graph: Graph, _ inputs: [Datum], _ dataSet: String, _ tolerance: Tolerance
    ) throws -> String? {
        let found: [Datum]
        do {
            found = try plan.run(inputs)
        } catch {
            return "refused after the inputs were read: \(error)"
        }
        let expected = try values(graph, graph.outputs, prefix: dataSet + "/output_")
        for (index, id) in graph.outputs.enumerated() {
            if let difference = tolerance.difference(expected[index], found[index]) {
                return "output '\(graph[id].name)': \(difference)"
            }
        }
        return nil
    }
}

/// One test case and how it went.
public struct ConformanceCase: Sendable {
    /// How a case went.
    public enum Outcome: Sendable, Equatable {
        case passed
        /// An error after the model was accepted, or a wrong type, shape or value.
        case failed(String)
        /// Refused before the inputs were read, naming the operator, type or attribute.
        case unsupported(String)
    }

    /// The folder of the case.
    public let path: String
    public let outcome: Outcome
}

/// The cases of a run.
public struct ConformanceReport: Sendable {
    public internal(set) var cases: [ConformanceCase] = []

    public var passed: Int { cases.count { $0.outcome == .passed } }

    public var failed: Int {
        cases.count { if case .failed = $0.outcome { true } else { false } }
    }

    public var unsupported: Int {
        cases.count { if case .unsupported = $0.outcome { true } else { false } }
    }
}
