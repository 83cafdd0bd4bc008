extension Lowering {
    /// Every operator that has kernels. An operator that is not here runs by its plain evaluation.
    static let all: [Lowering] =
        [
            convolution, transposedConvolution, resize, gemm, matrixMultiplication, quantize, dequantize, requantize,
            storageCast,
        ] + functions
        + arithmetic + integerProducts + dynamicQuantization + pooling + movement + normalization + reductions
        + recurrent + qOperators
}
