extension Double {
    /// The natural logarithm by additions, multiplications and divisions alone, whose bits are the same everywhere.
    var portableLogarithm: Double {
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var (term, sum) = (ratio, 0.0)
        for index in 0..<20 {
            sum += term / Double(2 * index + 1)
            term *= square
        }
        return Double(exponent) * 0.693147180559945309417 + 2 * sum
    }
}
