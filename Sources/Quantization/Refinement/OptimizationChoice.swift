/// Whether an optimization is made.
public enum OptimizationChoice: String, Sendable, Hashable, CaseIterable {
    /// When it lowers the error of the outputs on calibration samples held back.
    case auto
    case on
    case off
}
