import Foundation
import TestSupport
import Testing

/// What `octet inspect` says about how nodes will run.
struct InspectTests {
    private func nodes(_ path: String, _ flags: String...) throws -> [[String: Any]] {
        let report = try OctetProgram.run(["inspect", path, "--json"] + flags).object()
        return try #require(report["node_list"] as? [[String: Any]])
    }

    @Test func everyNodeOfTheDemoRunsFast() throws {
        let nodes = try nodes(OctetProgram.model)
        #expect(!nodes.isEmpty)
        #expect(nodes.allSatisfy { ["kernel", "beforehand"].contains($0["runs"] as? String) })
        let text = try OctetProgram.run("inspect", OctetProgram.model).output
        #expect(!text.contains("because"))
        let all = try OctetProgram.run("inspect", OctetProgram.model, "--nodes").output
        for node in nodes { #expect(all.contains(try #require(node["name"] as? String))) }
    }

    @Test(.enabled(if: TestData.isAvailableOrRequired))
    func whatIsSlowIsNamedWithTheReason() throws {
        let path = TestData.model("silero_vad_16k_op15")
        let nodes = try nodes(path, "--input-shape", "input=1,576", "--input-shape", "state=2,1,128")
        let ways = nodes.compactMap { $0["runs"] as? String }
        #expect(ways.count == nodes.count && Set(ways).isSuperset(of: ["kernel", "reference"]))
        for node in nodes where node["runs"] as? String == "reference" {
            #expect(node["reason"] as? String != "", "\(node)")
        }
        // The convolutions are inside If nodes.
        let convolutions = nodes.filter { $0["operator"] as? String == "Conv" }
        #expect(!convolutions.isEmpty)
        for node in convolutions {
            #expect(node["runs"] as? String == "kernel")
            #expect((node["name"] as? String)?.contains("/") == true)
        }
    }
}
