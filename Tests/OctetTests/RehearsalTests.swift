import Testing

@testable import Octet

/// The network that is prepared while a file is being read goes the way of a quantized one.
@Suite struct RehearsalTests {
    @Test func isCompiledInIntegers() throws {
        let executor = try ExecutionOptions(threads: 2).executor()
        let session = try #require(try Rehearsal.session(executor) { false })
        let plan = try #require(try session.prepare(session.concreteInputTypes()) as? Session).plan
        let steps = plan.stepDescriptions
        #expect(steps.count >= 9)
        #expect(steps.allSatisfy { $0.kernel != "reference" }, "\(steps)")
        #expect(steps.filter { $0.multiplyAccumulates > 0 }.allSatisfy { $0.elementType != "float32" }, "\(steps)")
    }

    /// Each part is the last one when there is no time for the next.
    @Test(arguments: 0..<5) func endsWithThePartItIsAt(part: Int) throws {
        let executor = try ExecutionOptions(threads: 1).executor()
        var asked = 0
        let session = try Rehearsal.session(executor) {
            asked += 1
            return asked > part
        }
        #expect(session == nil)
        #expect(asked == part + 1)
    }
}
