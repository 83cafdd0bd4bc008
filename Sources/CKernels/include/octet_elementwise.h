#pragma once
#include <stddef.h>
#include <stdint.h>

/// Dimensions of a loop nest. Tensors of lower rank have leading dimensions of 1.
#define OCTET_RANK 6

/// A nest of loops over dims[0] ... dims[5]; the last one is the run, the vectorised loop. Callers merge dimensions
/// that are contiguous in every operand, so a dense tensor is one run.
typedef struct octet_nest {
    int64_t dims[OCTET_RANK];
    /// Division into tasks, filled by `octet_nest_schedule`: runs are cut into blocks of at most run_per_block
    /// elements, numbered in order; task t does blocks t * blocks_per_task ...
    int64_t run_per_block;
    int64_t blocks_per_task;
} octet_nest;

/// A tensor that is read; strides in elements, 0 where it is broadcast.
typedef struct octet_source {
    const void *base;
    int64_t strides[OCTET_RANK];
} octet_source;

/// A tensor that is written; strides in elements. The last stride is 1 except for `copy` and
/// the kernels of `octet_quantize_args`.
typedef struct octet_target {
    void *base;
    int64_t strides[OCTET_RANK];
} octet_target;

/// Merges dimensions that are contiguous in all `count` stride arrays, moving what is left to the back (leading
/// dimensions become 1). `strides[i]` is an array of OCTET_RANK strides, changed in place.
void octet_nest_merge(octet_nest *nest, int64_t *const *strides, int count);

/// Fills the division into tasks for `threads` threads and returns the number of tasks. `element_cost` is a rough
/// number of nanoseconds per 1000 elements (100 for a byte copy, 1000 for a transcendental function).
size_t octet_nest_schedule(octet_nest *nest, int element_cost, int threads);

/// Arguments of `qadd_u8` and `qmul_u8`: quantized addition and multiplication of u8 tensors.
///
/// Addition (ONNX Runtime's QLinearAdd): ra = a_scale / scale, rb = b_scale / scale,
/// k = zero_point - fma(ra, a_zero, rb * b_zero), all float32; y = rint(fma(A, ra, fma(B, rb, k))), then the clamp.
/// A, B, y and the zero points are codes: the bytes less carrier_offset (128 for int8 tensors, else 0); minimum and
/// maximum are bytes.
/// Multiplication (QLinearMul): y = rint(((A - a_zero) * a_scale) * ((B - b_zero) * b_scale) / scale) + zero_point,
/// then the clamp.
typedef struct octet_qbinary_args {
    octet_nest nest;
    octet_source a;
    octet_source b;
    octet_target output;
    float a_scale;
    float b_scale;
    float scale;
    int32_t a_zero;
    int32_t b_zero;
    int32_t zero_point;
    int32_t minimum;
    int32_t maximum;
    /// `qadd_u8` only.
    int32_t carrier_offset;
} octet_qbinary_args;

/// Arguments of `lookup_u8_u8` (table of 256 uint8_t) and `lookup_u8_f32` (table of 256 floats).
typedef struct octet_lookup_args {
    octet_nest nest;
    octet_source input;
    octet_target output;
    const void *table;
} octet_lookup_args;

/// Arguments of `quantize_f32_u8`, `dequantize_u8_f32` and `convert_s32_f32`.
///
/// Quantize: saturate(rint(x / scale) + zero_point), one float32 division; NaN gives the maximum. The carrier is uint8,
/// clamped to [minimum, maximum].
/// Dequantize: float(x - zero_point) * scale. convert_s32_f32: float(x - zero_point) * scale on int32_t (wrapping
/// difference).
/// Per-axis parameters: if `scales` is not NULL it holds one scale for each index of dimension `axis` of the nest (and
/// `zero_points`, if not NULL, one zero point), instead of `scale` and `zero_point`.
typedef struct octet_quantize_args {
    octet_nest nest;
    octet_source input;
    octet_target output;
    float scale;
    int32_t zero_point;
    int32_t minimum;
    int32_t maximum;
    int32_t axis;
    const float *scales;
    const int32_t *zero_points;
} octet_quantize_args;

/// Arguments of `quantize_planes_u8`: `quantize_f32_u8` from an image whose channels are planes to one whose channels are
/// innermost (1 to 4 of them, pixels dense), zero_point within 0...255 and no clamp besides.
typedef struct octet_planes_args {
    /// Rows are dense; distances in elements.
    const float *input;
    int64_t input_image;
    int64_t input_channel;
    int64_t input_row;
    uint8_t *output;
    int64_t output_image;
    int64_t output_row;
    int64_t images;
    int64_t channels;
    int64_t rows;
    int64_t columns;
    float scale;
    int32_t zero_point;
    /// Task t does the rows t * rows_per_task ... of all images * rows.
    int64_t rows_per_task;
} octet_planes_args;

/// Operations of `binary_f32`. Minimum and maximum are ONNX's: NaN if either operand is NaN.
typedef enum octet_binary {
    OCTET_ADD = 0,
    OCTET_SUB = 1,
    OCTET_MUL = 2,
    OCTET_DIV = 3,
    OCTET_MIN = 4,
    OCTET_MAX = 5,
    /// exp2(y * log2(x)) in double precision by our own polynomials, with IEEE special cases.
    OCTET_POW = 6,
} octet_binary;

/// Arguments of `binary_f32`: output = a op b, then the clamp to [minimum, maximum] (-INFINITY and INFINITY for none);
/// NaN passes through. `add_s32` adds int32_t, modulo 2^32, and reads neither the operation nor the clamp.
typedef struct octet_binary_args {
    octet_nest nest;
    octet_source a;
    octet_source b;
    octet_target output;
    octet_binary operation;
    float minimum;
    float maximum;
} octet_binary_args;

/// Operations of `unary_f32`, with the use of alpha and beta.
typedef enum octet_unary {
    OCTET_RELU = 0,
    /// x < 0 ? alpha * x : x
    OCTET_LEAKY_RELU = 1,
    /// min(max(x, alpha), beta)
    OCTET_CLIP = 2,
    OCTET_SIGMOID = 3,
    OCTET_TANH = 4,
    OCTET_EXP = 5,
    OCTET_ERF = 6,
    /// 0.5 * x * (1 + erf(x / sqrt(2)))
    OCTET_GELU = 7,
    /// max(0, min(1, alpha * x + beta)), fused multiply-add
    OCTET_HARD_SIGMOID = 8,
    /// x * max(0, min(1, x / 6 + 0.5)), fused multiply-add
    OCTET_HARD_SWISH = 9,
    OCTET_SQRT = 10,
    OCTET_NEG = 11,
    OCTET_ABS = 12,
    /// x * sigmoid(x)
    OCTET_SILU = 13,
    /// alpha * x + beta, two roundings
    OCTET_AFFINE = 14,
    OCTET_FLOOR = 15,
    OCTET_CEIL = 16,
    /// Ties to even.
    OCTET_ROUND = 17,
    OCTET_RECIPROCAL = 18,
    /// x < 0 ? alpha * (exp(x) - 1) : x
    OCTET_ELU = 19,
    OCTET_LOG = 20,
} octet_unary;

/// Arguments of `unary_f32`: output = op(input).
typedef struct octet_unary_args {
    octet_nest nest;
    octet_source input;
    octet_target output;
    octet_unary operation;
    float alpha;
    float beta;
} octet_unary_args;
