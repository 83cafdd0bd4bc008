#pragma once
#include <stddef.h>
#include <stdint.h>

/// Reductions over the last dimension of `rows` rows of `length` contiguous floats.
///
/// Sums use 16 virtual lanes: lane i adds the elements i, i + 16, ... in order, starting from 0; then lanes i and i + 8
/// are added, i and i + 4, i and i + 2, i and i + 1.

/// Operations of `reduce_f32`. The mean is sum / length. Minimum and maximum are NaN if an element is.
typedef enum octet_reduce {
    OCTET_REDUCE_SUM = 0,
    OCTET_REDUCE_MEAN = 1,
    OCTET_REDUCE_MAX = 2,
    OCTET_REDUCE_MIN = 3,
} octet_reduce;

/// Arguments of `reduce_f32`: one output per row.
typedef struct octet_reduce_args {
    const float *input;
    float *output;
    int64_t rows;
    int64_t length;
    /// Distances in elements between rows of the input and between outputs.
    int64_t input_stride;
    int64_t output_stride;
    octet_reduce operation;
    int64_t rows_per_task;
} octet_reduce_args;

/// Arguments of `softmax_f32`: y = exp(x - max) / sum, or with `logarithm` y = (x - max) - log(sum).
typedef struct octet_softmax_args {
    const float *input;
    float *output;
    int64_t rows;
    int64_t length;
    int64_t input_stride;
    int64_t output_stride;
    int32_t logarithm;
    int64_t rows_per_task;
} octet_softmax_args;

/// Arguments of `layer_norm_f32`: mean = sum / length; d = x - mean; variance = sum(d * d) / length;
/// y = fma(d * (1 / sqrt(variance + epsilon)), gamma, beta). gamma and beta have `length` elements; either may be NULL
/// (1 and 0).
typedef struct octet_layer_norm_args {
    const float *input;
    float *output;
    const float *gamma;
    const float *beta;
    int64_t rows;
    int64_t length;
    int64_t input_stride;
    int64_t output_stride;
    float epsilon;
    int64_t rows_per_task;
} octet_layer_norm_args;

/// Rows per task that suit `rows` rows of `length` elements on `threads` threads. Tasks: ceil(rows / result).
int64_t octet_rows_per_task(int64_t rows, int64_t length, int threads);
