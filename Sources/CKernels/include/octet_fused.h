#pragma once
#include "octet_convolution.h"
#include "octet_elementwise.h"

/// Most tensors, operations and intermediate results of a fused elementwise computation.
#define OCTET_FUSED_SOURCES 8
#define OCTET_FUSED_OPERATIONS 24
#define OCTET_FUSED_SLOTS 10

/// What an operand of a fused computation is.
typedef enum octet_fused_kind {
    /// Floats in memory.
    OCTET_FUSED_FLOATS = 0,
    /// Bytes in memory, which stand for float(x - zero_point) * scale.
    OCTET_FUSED_CODES = 1,
    /// The one number `scale`.
    OCTET_FUSED_NUMBER = 2,
} octet_fused_kind;

typedef struct octet_fused_source {
    octet_source memory;
    octet_fused_kind kind;
    float scale;
    int32_t zero_point;
} octet_fused_source;

/// One operation: of `unary_f32` with its alpha and beta, or of `binary_f32` with its clamp [alpha, beta].
typedef struct octet_fused_operation {
    int32_t is_binary;
    /// octet_unary or octet_binary.
    int32_t operation;
    /// Operands: below `source_count` a source, else slot a - `source_count`.
    int32_t a;
    int32_t b;
    /// The slot that is written; it may be that of an operand.
    int32_t target;
    float alpha;
    float beta;
} octet_fused_operation;

/// Arguments of `fused_f32`: elementwise operations one after the other on every element, with the bits that the kernels
/// of the single operations give, and nothing between them in memory. The result of the last is the output: floats, or
/// with `is_quantized` bytes as `quantize_f32_u8` makes them.
typedef struct octet_fused_args {
    octet_nest nest;
    octet_fused_source sources[OCTET_FUSED_SOURCES];
    octet_fused_operation operations[OCTET_FUSED_OPERATIONS];
    int32_t source_count;
    int32_t operation_count;
    octet_target output;
    int32_t is_quantized;
    float scale;
    int32_t zero_point;
} octet_fused_args;

/// Arguments of `conv_f32_fused`: `conv_f32` (of one group), and on what it wrote, while that is in the cache, the
/// operations of `then`. Of its strides the last four are those of images, rows, columns and channels, in the extents of
/// the convolution; its nest is not used. Source 0 is the convolution's output, and so is the target.
typedef struct octet_conv_fused_args {
    octet_conv_args convolution;
    octet_fused_args then;
} octet_conv_fused_args;

/// The same for `depthwise_f32_fused`.
typedef struct octet_depthwise_fused_args {
    octet_depthwise_args convolution;
    octet_fused_args then;
} octet_depthwise_fused_args;
