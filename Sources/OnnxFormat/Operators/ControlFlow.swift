internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let controlFlowRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("If", If.self) { node in
            If(
                thenBranch: try node.takeRequiredGraph("then_branch"),
                elseBranch: try node.takeRequiredGraph("else_branch"))
        } write: { op, node in
            node.splitCaptures(op.thenBranch.inputs.count)
            node.attributes["then_branch"] = .graph(op.thenBranch)
            node.attributes["else_branch"] = .graph(op.elseBranch)
        },
        OnnxOperatorRow("Loop", Loop.self) { node in
            // Captured values follow the inputs, so the two that may be left out need a place.
            while node.inputs.count < 2 { node.inputs.append("") }
            return Loop(body: try node.takeRequiredGraph("body"), captureCount: node.captures.count)
        } write: { op, node in
            node.splitCaptures(op.captureCount)
            node.attributes["body"] = .graph(op.body)
        },
        OnnxOperatorRow("Scan", Scan.self) { node in
            guard node.version >= 9 else { throw node.unsupported("Scan over batches is not known") }
            let body = try node.takeRequiredGraph("body")
            guard let count = try node.takeInt("num_scan_inputs"), count >= 1, count <= node.inputs.count else {
                throw OctetError(.invalidModel, "attribute 'num_scan_inputs' is missing or out of range")
            }
            let states = node.inputs.count - count
            let outputs = max(0, body.outputs.count - states)
            return Scan(
                body: body, scanned: try node.takeScanDirections("input", count: count),
                gathered: try node.takeScanDirections("output", count: outputs), captureCount: node.captures.count)
        } write: { op, node in
            guard node.version >= 9 else { throw node.unsupported("Scan over batches is not known") }
            node.splitCaptures(op.captureCount)
            node.attributes["body"] = .graph(op.body)
            node.attributes["num_scan_inputs"] = .int(op.scanned.count)
            node.putScanDirections("input", op.scanned)
            node.putScanDirections("output", op.gathered)
        },
        OnnxOperatorRow("SequenceMap", SequenceMap.self) { node in
            SequenceMap(body: try node.takeRequiredGraph("body"), captureCount: node.captures.count)
        } write: { op, node in
            node.splitCaptures(op.captureCount)
            node.attributes["body"] = .graph(op.body)
        },
    ]
}

extension OnnxNode {
    fileprivate mutating func takeRequiredGraph(_ name: String) throws -> Graph {
        guard let graph = try takeGraph(name) else { throw OctetError(.invalidModel, "attribute '\(name)' is missing") }
        return graph
    }

    fileprivate mutating func takeScanDirections(_ kind: String, count: Int) throws -> [Scan.Direction] {
        let axes = try takeInts("scan_\(kind)_axes") ?? Array(repeating: 0, count: count)
        let directions = try takeInts("scan_\(kind)_directions") ?? Array(repeating: 0, count: count)
        guard axes.count == count, directions.count == count else {
            throw OctetError(
                .invalidModel, "attributes 'scan_\(kind)_axes' and 'scan_\(kind)_directions' do not fit",
                expected: "\(count) entries", found: "\(axes.count) and \(directions.count)")
        }
        return zip(axes, directions).map { Scan.Direction(axis: $0, isReversed: $1 != 0) }
    }

    fileprivate mutating func putScanDirections(_ kind: String, _ directions: [Scan.Direction]) {
        if directions.contains(where: { $0.axis != 0 }) {
            attributes["scan_\(kind)_axes"] = .ints(directions.map(\.axis))
        }
        if directions.contains(where: \.isReversed) {
            attributes["scan_\(kind)_directions"] = .ints(directions.map { $0.isReversed ? 1 : 0 })
        }
    }
}
