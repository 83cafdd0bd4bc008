internal import Foundation
public import Quantization

/// What a quantization did and what it cost, as one page of HTML that needs nothing from elsewhere.
public struct QuantizationPage: Sendable {
    /// The paths of the float and of the quantized model.
    public var model: String
    public var output: String
    /// The sizes of these files.
    public var bytesBefore: Int
    public var bytesAfter: Int
    /// What the quantization was told.
    public var recipe: String
    public var report: QuantizationReport
    /// The error of every tensor; `nil` when there were no samples to measure it on.
    public var comparison: ModelComparison?

    public init(
        model: String, output: String, bytesBefore: Int, bytesAfter: Int, recipe: String, report: QuantizationReport,
        comparison: ModelComparison?
    ) {
        self.model = model
        self.output = output
        self.bytesBefore = bytesBefore
        self.bytesAfter = bytesAfter
        self.recipe = recipe
        self.report = report
        self.comparison = comparison
    }

    public var html: String {
        var page = HTMLDocument(title: "Quantization of \(URL(filePath: model).lastPathComponent)")
        addSummary(to: &page)
        addErrors(to: &page)
        addRefinements(to: &page)
        addRanges(to: &page)
        addNodes(to: &page)
        page.heading("Recipe")
        page.paragraph("octet quantize --recipe with these lines repeats it.")
        page.preformatted(recipe)
        return page.text
    }

    private func addSummary(to page: inout HTMLDocument) {
        let share = 100 * Double(bytesAfter) / Double(max(bytesBefore, 1))
        var rows = [
            ["from", model], ["to", output],
            ["file size", "\(bytesBefore) → \(bytesAfter) bytes (\(Self.number(share, 1)) %)"],
            ["constants", "\(report.bytesBefore) → \(report.bytesAfter) bytes"],
            ["changed nodes", "\(report.integerNodes.count)"], ["nodes as before", "\(report.floatNodes.count)"],
        ]
        for row in comparison?.outputs ?? [] {
            rows.append(["output '\(row.name)'", "SQNR \(Self.number(row.error.sqnr)) dB"])
        }
        page.table(["", ""], rows)
    }

    private func addErrors(to page: inout HTMLDocument) {
        page.heading("Error of every tensor, worst first")
        guard let comparison else {
            return page.paragraph("Not measured: there were no samples. octet compare measures it.")
        }
        page.paragraph(
            "Against the float network, over \(comparison.samples) calibration samples. The signal-to-quantization-noise "
                + "ratio (SQNR) falls by 6 dB with every bit that is lost; the bars are longer the larger the error.")
        let worst = comparison.tensors.first?.error.sqnr ?? 0
        let bars = comparison.tensors.map { row in
            row.error.sqnr.isFinite ? pow(10, (worst - row.error.sqnr) / 20) : row.error.sqnr > 0 ? 0 : 1
        }
        page.table(
            ["tensor", "SQNR dB", "cosine", "mean squared error"],
            comparison.tensors.map { row in
                [
                    row.name, Self.number(row.error.sqnr), Self.number(row.error.cosine, 6),
                    String(format: "%.3g", row.error.meanSquaredError),
                ]
            }, bars: bars)
    }

    private func addRefinements(to page: inout HTMLDocument) {
        guard !report.refinements.isEmpty || !report.simplifications.isEmpty else { return }
        page.heading("Refinements")
        page.paragraph(
            "What was tried to lower the error of the outputs on samples held back, and whether it was kept.")
        page.table(
            ["refinement", "kept", "SQNR dB before", "after", "reason"],
            report.refinements.map { refinement in
                [
                    refinement.name, refinement.isApplied ? "kept" : "taken back",
                    Self.decibels(refinement.errorBefore), Self.decibels(refinement.errorAfter), refinement.reason,
                ]
            })
        let counts = Dictionary(grouping: report.simplifications) { $0 }.mapValues(\.count)
        if !counts.isEmpty {
            let list = counts.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
            page.paragraph("Simplifications made before: \(list).")
        }
    }

    private func addRanges(to page: inout HTMLDocument) {
        guard !report.tensors.isEmpty else { return }
        page.heading("Ranges of activations")
        page.paragraph("The method that gave each range, and the share of the observed values that it cuts off.")
        page.table(
            ["tensor", "method", "minimum", "maximum", "scale", "zero point", "clipped %"],
            report.tensors.map { tensor in
                [
                    tensor.name, tensor.method, String(format: "%.6g", tensor.range.lowerBound),
                    String(format: "%.6g", tensor.range.upperBound), String(format: "%.6g", tensor.scale),
                    "\(tensor.zeroPoint)", Self.number(100 * tensor.clippedShare, 4),
                ]
            })
    }

    private func addNodes(to page: inout HTMLDocument) {
        page.heading("What stays float, and why")
        if report.floatNodes.isEmpty { page.paragraph("Nothing.") }
        page.table(
            ["node", "operator", "reason"],
            report.floatNodes.map { [$0.name, $0.operatorName, "\($0.reason)"] })
        page.heading("What was changed")
        let counts = Dictionary(grouping: report.integerNodes, by: \.operatorName).mapValues(\.count)
        page.table(
            ["operator", "nodes"],
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { [$0.key, "\($0.value)"] })
    }

    private static func number(_ value: Double, _ places: Int = 2) -> String {
        value.isFinite ? String(format: "%.\(places)f", value) : value > 0 ? "∞" : "\(value)"
    }

    private static func decibels(_ error: Double) -> String {
        error > 0 ? number(-10 * log10(error)) : error == 0 ? "∞" : "\(error)"
    }
}
