import ArgumentParser
import Octet

struct Inspect: FallibleCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a model's operators, shapes, parameters, multiply-accumulates and quantization.",
        discussion: """
            For every operator it says whether it runs by a kernel, by plain (slow) reference evaluation, not at all, \
            or beforehand, because its result follows from shapes; then it lists each node that does not run fast and \
            why. Open dimensions count as 1 unless --input-shape pins them. Operators of graphs inside nodes (If, \
            Loop, Scan) are counted too.
            """)

    @Argument(help: "The model.")
    var model: String

    @Flag(help: "List every node, not only those that do not run fast.")
    var nodes = false

    @OptionGroup var input: InputFlags
    @OptionGroup var output: OutputFlags

    var json: Bool { output.json }

    func work() throws {
        let inspection = try Inspection(Model(path: model), shapes: input.shapes)
        if json { return try Console.printJSON(inspection) }
        var pairs = [("file", inspection.file)]
        if !inspection.producer.isEmpty { pairs.append(("made by", inspection.producer)) }
        for (domain, version) in inspection.operatorSets.sorted(by: { $0.key < $1.key }) {
            pairs.append(("operator set", (domain.isEmpty ? "ONNX" : domain) + " \(version)"))
        }
        for port in inspection.inputs { pairs.append(("input", "\(port.name): \(port.type)")) }
        for port in inspection.outputs { pairs.append(("output", "\(port.name): \(port.type)")) }
        pairs.append(("parameters", "\(inspection.parameters) in \(Console.bytes(inspection.parameterBytes))"))
        if let macs = inspection.multiplyAccumulates {
            pairs.append(("multiply-accumulates", Console.number(Double(macs) / 1e6, 1) + " million"))
        }
        pairs.append(("integer nodes", "\(inspection.integerNodes) of \(inspection.nodes)"))
        Console.printPairs(pairs)
        var list = TextTable("operator", "count", "runs by")
        for use in inspection.operators { list.add(use.name, "\(use.count)", use.runs) }
        print("\n" + list.text)
        let shown = inspection.nodeList.filter { nodes || !$0.isFast }
        guard !shown.isEmpty else { return }
        var table = TextTable("node", "operator", "runs by", "because")
        for node in shown { table.add(node.name, node.operatorName, node.runs, node.reason) }
        print("\n" + table.text)
    }
}
