import ArgumentParser
import Octet

struct Run: ExecutingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a model on arrays from files and writes its outputs to one .npz.",
        discussion: """
            Inputs are .npy files or ONNX tensors (.pb). The .npz holds each output, and each tensor named by --keep, \
            under its exact name; quantized tensors are written as the integers they are.
            """)

    @Argument(help: "The model.")
    var model: String

    @Option(
        name: .customLong("input"),
        help: ArgumentHelp("The contents of an input (repeatable).", valueName: "NAME=FILE"))
    var inputs: [NamedFile]

    @Option(name: .shortAndLong, help: "The .npz to write.")
    var output: String

    @Option(help: ArgumentHelp("Also writes this tensor (repeatable).", valueName: "TENSOR"))
    var keep: [String] = []

    @OptionGroup var execution: ExecutionFlags

    private struct Report: Encodable {
        struct Entry: Encodable {
            var name: String
            var type: String
        }

        var file: String
        var tensors: [Entry]
    }

    func work() throws {
        var model = try Model(path: model)
        try model.pinInputs(execution.inputShapes)
        let graph = try model.simplified()
        let declared = Dictionary(graph.inputs.map { (graph[$0].name, graph[$0].type) }) { first, _ in first }
        var tensors: [String: Tensor] = [:]
        for input in inputs {
            tensors[input.name] = try TensorFile.read(input.path, as: declared[input.name])
        }
        let results = try model.run(graph, tensors, keeping: keep, options: execution.options)
        let archive = try NumPyArchiveWriter(path: output)
        for result in results { try archive.append(result.tensor, name: result.name) }
        try archive.finish()
        let report = Report(
            file: output, tensors: results.map { .init(name: $0.name, type: "\($0.tensor.type)") })
        if execution.json { return try Console.printJSON(report) }
        for entry in report.tensors { print("\(entry.name): \(entry.type)") }
        print("written to \(output)")
    }
}

/// `NAME=FILE`
struct NamedFile: ExpressibleByArgument {
    let name: String
    let path: String

    init?(argument: String) {
        guard let separator = argument.lastIndex(of: "=") else { return nil }
        name = String(argument[..<separator])
        path = String(argument[argument.index(after: separator)...])
        guard !name.isEmpty, !path.isEmpty else { return nil }
    }
}
