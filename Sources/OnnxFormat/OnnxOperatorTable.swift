internal import ModelGraph

/// Every ONNX operator that Octet knows, by family. To add an operator to the format, add a row.
enum OnnxOperatorTable {
    static let rows: [OnnxOperatorRow] = [
        convolutionRows, matrixRows, poolingRows, normalizationRows, activationRows, arithmeticRows, functionRows,
        logicRows, movementRows, indexingRows, reductionRows, quantizationRows, resizeRows, microsoftRows,
        controlFlowRows, containerRows, recurrentRows, detectionRows, attentionRows,
    ].flatMap { $0 }

    /// By domain, then by type.
    private static let byName: [String: [String: OnnxOperatorRow]] =
        Dictionary(grouping: rows, by: \.domain).mapValues { rows in
            Dictionary(rows.map { ($0.type, $0) }) { first, _ in first }
        }
    private static let byOperator: [ObjectIdentifier: OnnxOperatorRow] =
        Dictionary(rows.map { ($0.operatorType, $0) }) { first, _ in first }

    static func makeReady() { _ = byName }

    static func row(type: String, domain: String) -> OnnxOperatorRow? {
        byName[domain == "ai.onnx" ? "" : domain]?[type]
    }

    static func row(for op: any Operator) -> OnnxOperatorRow? {
        byOperator[ObjectIdentifier(Swift.type(of: op))]
    }

    /// A row for an operator without attributes.
    static func plain<Op: Operator>(_ make: @escaping @Sendable () -> Op) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, Op.self) { _ in make() }
    }
}
