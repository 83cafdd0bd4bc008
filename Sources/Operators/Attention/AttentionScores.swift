internal import Foundation

/// The functions that attention applies to a row of scores.
enum AttentionScores {
    /// Bounds scores to ±limit by a tanh.
    static func cap(_ scores: inout [Double], _ limit: Double) {
        for index in scores.indices { scores[index] = limit * tanh(scores[index] / limit) }
    }

    /// A row that is masked as a whole becomes zeros.
    static func softmax(_ scores: inout [Double]) {
        let highest = scores.max() ?? 0
        guard highest != -.infinity else {
            for index in scores.indices { scores[index] = 0 }
            return
        }
        for index in scores.indices { scores[index] = exp(scores[index] - highest) }
        let sum = scores.reduce(0, +)
        for index in scores.indices { scores[index] /= sum }
    }
}
