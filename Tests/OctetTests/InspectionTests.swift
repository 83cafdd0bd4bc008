import GraphTestSupport
import Octet
import Testing

/// What is told of networks that nobody could run.
@Suite struct InspectionTests {
    /// A product whose operations, and one whose outputs, are too many to count.
    @Test(arguments: [(1 << 31, 1 << 31), (1 << 40, 1 << 40)])
    func operationsThatCannotBeCountedAreNot(_ rows: Int, _ columns: Int) throws {
        var builder = GraphBuilder()
        let a = builder.input("a", [.fixed(rows), .fixed(rows)])
        let b = builder.input("b", [.fixed(rows), .fixed(columns)])
        let y = try builder.node("y", Gemm(), [a, b])
        // A node that cannot be run keeps the network from being planned.
        let text = builder.graph.addValue(name: "text", type: .tensor(.string, [1]))
        builder.graph.inputs.append(text)
        let z = try builder.node("z", Sigmoid(), [text])
        let inspection = try Inspection(Model(graph: builder.finish(y, z)))
        #expect(inspection.nodeList.map(\.runs).contains("not at all"))
        #expect(inspection.multiplyAccumulates == nil)
    }
}
