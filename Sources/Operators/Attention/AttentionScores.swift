internal import Foundation

/// The functions that attention applies to a row of scores.
enum AttentionScores {
    /// Bounds scores to ±limit by a tanh.
    static func cap(_ scores: inout [Double], _ limit: Double, _ round: (Double) -> Double) {
        for index in scores.indices { scores[index] = round(limit * round(tanh(round(scores[index] / limit)))) }
    }

    /// A row that is masked as a whole becomes zeros.
    static func softmax(_ scores: inout [Double], _ steps: SoftmaxRounding) {
        if scores.contains(where: { $0 != -.infinity }) {
            Softmax.normalize(&scores, steps)
        } else {
            for index in scores.indices { scores[index] = 0 }
        }
    }
}
