import ModelGraph
import TensorCore
import Testing

/// Names for values that passes add.
struct ValueNamesTests {
    private static let graph: Graph = {
        var graph = Graph()
        for name in ["x", "x_1", "y"] { graph.addValue(name: name, type: .unknown) }
        return graph
    }()

    @Test func areUnlikeThoseOfTheGraphAndOfEachOther() {
        var names = ValueNames()
        #expect(names.unused("x", in: Self.graph) == "x_2")
        #expect(names.unused("x", in: Self.graph) == "x_3")
        #expect(names.unused("z", in: Self.graph) == "z")
        #expect(names.unused("z", in: Self.graph) == "z_1")
        #expect(names.unused("y_1", in: Self.graph) == "y_1")
        #expect(names.unused("y", in: Self.graph) == "y_2")
    }

    /// A name that many ask for costs as much as one that only one asks for.
    @Test func countOn() {
        var names = ValueNames()
        let all = (0..<10_000).map { _ in names.unused("x", in: Self.graph) }
        #expect(Set(all).count == all.count)
        #expect(all.last == "x_10001")
    }
}
