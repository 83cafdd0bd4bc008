extension Preprocessing {
    /// How pixels are brought to another range.
    ///
    /// Multiplying with `1/255` and dividing by 255 differ in the last bit for some pixels; this says which is meant.
    /// As text `1/255` is a divisor, and `0.0078125` a factor.
    public enum Scale: Sendable, Hashable {
        case factor(Float)
        case divisor(Float)

        /// The scaled pixel.
        public func applied(to pixel: Float) -> Float {
            switch self {
            case .factor(let factor): pixel * factor
            case .divisor(let divisor): pixel / divisor
            }
        }

        var keepsValues: Bool { number == 1 }

        var isUsable: Bool { number.isFinite && self != .divisor(0) }

        private var number: Float {
            switch self {
            case .factor(let number), .divisor(let number): number
            }
        }
    }
}

extension Preprocessing.Scale: LosslessStringConvertible {
    /// Reads `0.017` or `1/255`; `nil` for anything else.
    public init?(_ description: String) {
        if description.hasPrefix("1/"), let divisor = Float(description.dropFirst(2)) {
            self = .divisor(divisor)
        } else if let factor = Float(description) {
            self = .factor(factor)
        } else {
            return nil
        }
        guard isUsable else { return nil }
    }

    /// What ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .factor(let factor): "\(factor)"
        case .divisor(let divisor): "1/\(divisor)"
        }
    }
}
