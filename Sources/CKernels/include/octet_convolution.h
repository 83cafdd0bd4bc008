#pragma once
#include "octet_isa.h"
#include <stddef.h>
#include <stdint.h>

/// Convolution, fully connected layers and matrix products.
///
/// Activations are images in "channels last" order. int8 activations are carried as uint8: a signed tensor is stored
/// with its sign bit flipped and its zero point raised by 128. There is no padding inside these kernels: the caller
/// keeps a border (halo) of the zero point (0.0 for floats) around the image.
///
/// An output is epilogue(bias[n] + sum over taps t, elements j of input[pixel + tap_offsets[t] + j] * weight[n][t][j]).
/// A tap is a contiguous run of input elements: a kernel position with its channels, or a whole kernel row when the
/// pixels of a row lie next to each other (pixel stride == channels, dilation 1).
/// A matrix product A (m x k) times B is the same with m pixels in one row, one tap and run = k.

/// Distances in elements between neighbours. For a convolution's input these are the distances between the inputs of
/// neighbouring *output* images, rows and pixels: the convolution's stride is folded in.
typedef struct octet_strides {
    int64_t image;
    int64_t row;
    int64_t pixel;
} octet_strides;

/// What a convolution reads and writes, and hence how its weights are packed and what follows the sum.
typedef enum octet_conv_kind {
    /// u8 x s8 -> u8: q = rint(float(acc) * scale[n]) (one float32 product, ties to even), then + zero_point in
    /// integers, then the clamp to [minimum, maximum].
    OCTET_CONV_U8_U8 = 0,
    /// u8 x s8 -> float: float(acc) * scale[n] + float_bias[n] (two roundings), then the clamp to
    /// [float_minimum, float_maximum].
    OCTET_CONV_U8_F32 = 1,
    /// u8 x s8 -> int32: the accumulator (wraps modulo 2^32).
    OCTET_CONV_U8_S32 = 2,
    /// float x float -> float: one chain of fused multiply-adds in ascending (tap, element) order that starts from the
    /// bias, then the clamp to [float_minimum, float_maximum].
    OCTET_CONV_F32 = 3,
    /// bf16 x bf16 -> float: the same with a chain that takes the elements 2i + 1 and 2i of a tap in this order. Inputs
    /// come from `narrow_f32_bf16`, weights are rounded alike when they are packed; `run` is even. Sums below the
    /// smallest normal float may count as zero.
    OCTET_CONV_BF16 = 4,
} octet_conv_kind;

/// Describes plain weights and how to pack them. Strides are in elements of the plain array, so every order (OIHW,
/// OHWI, K x N, N x K) is described. run = run_outer * run_inner; element j of a run lies at
/// (j / run_inner) * run_outer_stride + (j % run_inner) * run_inner_stride. A folded kernel row of an OIHW array has
/// run_outer = kernel width (stride 1) and run_inner = channels (stride kernel height * kernel width).
typedef struct octet_conv_packing {
    octet_conv_kind kind;
    /// Columns of a panel, from `octet_conv_panel_width`.
    int32_t panel_width;
    /// int8_t (u8 kinds) or float elements, on any address.
    const void *weights;
    /// int32_t (u8 kinds) or float of groups * channels, or NULL for zeros.
    const void *bias;
    /// groups * channels factors for `OCTET_CONV_U8_U8` and `_U8_F32`; NULL otherwise (or for ones).
    const float *scale;
    /// groups * channels values added after scaling for `OCTET_CONV_U8_F32`, or NULL.
    const float *float_bias;
    int64_t groups;
    /// Output channels per group.
    int64_t channels;
    int64_t taps;
    int64_t run_outer;
    int64_t run_inner;
    int64_t group_stride;
    int64_t channel_stride;
    int64_t tap_stride;
    /// The place of each tap's weights, instead of t * tap_stride; or NULL. `octet_pack_conv` only.
    const int64_t *tap_places;
    int64_t run_outer_stride;
    int64_t run_inner_stride;
    /// Subtracted through the bias: packed bias = bias - input_zero_point * sum of the channel's weights. Pass 0 if the
    /// bias is folded already. u8 kinds only.
    int32_t input_zero_point;
} octet_conv_packing;

/// Arguments of the kernels `conv_u8_u8`, `conv_u8_f32`, `conv_u8_s32`, `conv_f32`, `conv_bf16`, and `conv_u8_u8_add`,
/// `conv_f32_add` and `conv_bf16_add`, which add a residual to what they computed.
typedef struct octet_conv_args {
    /// uint8_t, float or bf16. The input under element 0 of a tap with offset 0, for output pixel (0, 0) of image 0, group 0.
    const void *input;
    octet_strides input_strides;
    /// Distance between the inputs of neighbouring groups, in elements (channels per group; 0 if groups share it).
    int64_t input_group_stride;
    /// `taps` offsets in elements.
    const int64_t *tap_offsets;
    int64_t taps;
    /// Elements of a tap. For the u8 kinds up to 3 elements beyond it are read and ignored.
    int64_t run;
    /// What `octet_pack_conv` (or the kernel `pack_f32`) wrote.
    const void *weights;
    /// Distance in bytes between the packed weights of neighbouring images: 0 for every convolution, the packed size
    /// for a batch of matrix products.
    int64_t weights_image_stride;
    /// uint8_t, float or int32_t, by kind.
    void *output;
    octet_strides output_strides;
    int64_t output_group_stride;
    /// Output extent. `channels` is per group.
    int64_t images;
    int64_t rows;
    int64_t columns;
    int64_t channels;
    int64_t groups;
    int32_t panel_width;
    /// Loop order: 0 = pixels outside, panels inside (small weights); 1 = panels outside, pixels inside.
    int32_t panels_outside;
    /// `OCTET_CONV_U8_U8`: output zero point and clamp, all within 0...255.
    int32_t zero_point;
    int32_t minimum;
    int32_t maximum;
    /// Whether every scaled sum (and the sum with the residual) is known to be within int32, as it is when all scales
    /// are below 1. The bits are the same; without it they are capped before they are rounded.
    int32_t bounded;
    /// Clamp of the float outputs: -INFINITY and INFINITY for none. NaN passes through.
    float float_minimum;
    float float_maximum;
    /// Division into tasks, filled by `octet_conv_schedule`. Every output row is cut into blocks of at most
    /// columns_per_block pixels; blocks are numbered by image, row, column and panels by group, channel. With
    /// P = ceil(all panels / panels_per_task), task t does block group t / P and panel group t % P.
    int64_t columns_per_block;
    int64_t blocks_per_task;
    int64_t panels_per_task;
    /// The residual[image, row, pixel, channel over all groups] of the `_add` kernels, of the output's type.
    const void *residual;
    octet_strides residual_strides;
    /// `conv_f32_add` and `conv_bf16_add` only: the clamp of the sum of the convolution's result (after its own clamp) and the residual.
    float sum_float_minimum;
    float sum_float_maximum;
    /// `conv_u8_u8_add` only (packed as `OCTET_CONV_U8_U8`): the quantized addition that follows the convolution, with
    /// the bits of `qadd_u8`. The convolution's result q (after its clamp) is not stored; the output is
    /// rint(fma(q, sum_ratio, fma(r, residual_ratio, sum_constant))), or with residual_first
    /// rint(fma(r, residual_ratio, fma(q, sum_ratio, sum_constant))), clamped to [sum_minimum, sum_maximum].
    /// r is the residual. q, r and the sum are codes: the bytes less carrier_offset (128 for int8 tensors, else 0). zero_point, minimum and maximum of q are codes here, sum_minimum
    /// and sum_maximum bytes.
    float sum_ratio;
    float residual_ratio;
    float sum_constant;
    int32_t residual_first;
    int32_t carrier_offset;
    int32_t sum_minimum;
    int32_t sum_maximum;
} octet_conv_args;

/// Arguments of the kernels `gemv_u8_u8`, `gemv_u8_f32` and `gemv_f32`: a few vectors times a matrix whose rows are used
/// where they are, so that large weights are neither copied nor packed. Same sums and epilogues as above.
typedef struct octet_gemv_args {
    /// One row of `columns` pixels, which are the vectors, at most `OCTET_GEMV_MOST_VECTORS`: images, rows, groups and
    /// taps are 1. `run` is the depth, at least `OCTET_GEMV_LEAST_DEPTH`. `weights` is what `octet_pack_gemv` wrote.
    octet_conv_args conv;
    /// The matrix: `conv.channels` rows of `conv.run` elements (int8_t or float), on any address.
    const void *rows;
    /// Blocks of 16 channels, filled by `octet_gemv_schedule`.
    int64_t blocks_per_task;
} octet_gemv_args;

#define OCTET_GEMV_LEAST_DEPTH 64
#define OCTET_GEMV_MOST_VECTORS 4

/// Arguments of the kernels `depthwise_u8_u8` and `depthwise_f32` (channel multiplier 1). Same sums and epilogues as
/// above with run = 1 per channel: output channel c reads input channel c.
typedef struct octet_depthwise_args {
    const void *input;
    octet_strides input_strides;
    const int64_t *tap_offsets;
    int64_t taps;
    /// What `octet_pack_depthwise` wrote.
    const void *weights;
    void *output;
    octet_strides output_strides;
    int64_t images;
    int64_t rows;
    int64_t columns;
    int64_t channels;
    int32_t zero_point;
    int32_t minimum;
    int32_t maximum;
    int32_t bounded;
    float float_minimum;
    float float_maximum;
    /// Task t does the rows t * rows_per_task ... of all images * rows.
    int64_t rows_per_task;
} octet_depthwise_args;

/// Arguments of the kernel `narrow_f32_bf16`: floats to bf16, to nearest with ties to even. Subnormal floats become
/// zeros of their sign.
typedef struct octet_narrow_args {
    const float *input;
    uint16_t *output;
    int64_t count;
    /// Task t does the elements t * count_per_task ...
    int64_t count_per_task;
} octet_narrow_args;

/// Fills count_per_task for `threads` threads and returns the number of tasks.
size_t octet_narrow_schedule(octet_narrow_args *args, int threads);

/// Arguments of the kernel `pack_f32`, which packs a right-hand side that is only known at run time, for `conv_f32`
/// (one tap, bias zero). Element (k, n) of matrix (image, group) lies at
/// image * image_stride + group * group_stride + k * row_stride + n * column_stride.
/// Tasks: one per panel, images * groups * ceil(columns / panel_width).
typedef struct octet_pack_args {
    const float *input;
    int64_t image_stride;
    int64_t group_stride;
    int64_t row_stride;
    int64_t column_stride;
    int64_t images;
    int64_t groups;
    int64_t rows;
    int64_t columns;
    /// groups * `octet_packed_conv_size` of one group, times images, bytes; 64-byte aligned.
    void *output;
    int32_t panel_width;
} octet_pack_args;

/// Arguments of the kernel `pack_u8`: a u8 right-hand side known only at run time, for `conv_u8_u8`, `conv_u8_f32` or
/// `conv_u8_s32`. Strides and tasks as in `octet_pack_args`.
///
/// b - zero_point does not always fit a signed byte, so it is split over `octet_pack_planes(zero_point)` planes that
/// add up to it. The convolution then has that many taps, all with offset 0, and run = rows; size the output for them.
typedef struct octet_pack_u8_args {
    const uint8_t *input;
    int64_t image_stride;
    int64_t group_stride;
    int64_t row_stride;
    int64_t column_stride;
    int64_t images;
    int64_t groups;
    int64_t rows;
    int64_t columns;
    void *output;
    int32_t panel_width;
    octet_conv_kind kind;
    /// Zero point of the packed side.
    int32_t zero_point;
    /// Zero point of the other side, folded into the bias.
    int32_t input_zero_point;
    /// The factor of every output.
    float scale;
} octet_pack_u8_args;

/// Planes that hold b - zero_point for every byte b: 1 for 128, 3 for 0, otherwise 2.
int32_t octet_pack_planes(int32_t zero_point);

struct octet_kernel_table;

/// The panel width that suits a layer of `channels` output channels per group and `depth` = taps * run products.
int32_t octet_conv_panel_width(const struct octet_kernel_table *table, octet_conv_kind kind, int64_t channels,
                               int64_t depth);

/// Puts four bytes of each of sixteen rows side by side, `quads` times and `step` bytes apart, and adds each row's
/// elements to its sum.
typedef void (*octet_interleave_function)(const int8_t *const *rows, int64_t quads, uint8_t *output, int64_t step,
                                          int32_t *sums);

/// Bytes that `octet_pack_conv` writes. Uses kind, panel_width, groups, channels, taps and the run counts only.
size_t octet_packed_conv_size(const octet_conv_packing *packing);

/// Packs weights, bias and scales for `table`'s convolution kernels. `output` is 64-byte aligned and zero.
void octet_pack_conv(const struct octet_kernel_table *table, const octet_conv_packing *packing, void *output);

/// Fills the division into tasks and the loop order for `threads` threads and returns the number of tasks.
size_t octet_conv_schedule(octet_conv_args *args, octet_conv_kind kind, int threads);

/// Bytes that `octet_pack_gemv` writes.
size_t octet_packed_gemv_size(octet_conv_kind kind, int64_t channels);

/// Packs bias and scales for the gemv kernel of the kind. Uses weights, bias, scale, float_bias, channels, run_inner (the
/// depth) and input_zero_point only; rows of weights follow each other. `output` is 64-byte aligned and
/// zero.
void octet_pack_gemv(const octet_conv_packing *packing, void *output);

/// Fills blocks_per_task for `threads` threads and returns the number of tasks.
size_t octet_gemv_schedule(octet_gemv_args *args, octet_conv_kind kind, int threads);

/// Bytes that `octet_pack_depthwise` writes. `kind` is `OCTET_CONV_U8_U8` or `OCTET_CONV_F32`.
size_t octet_packed_depthwise_size(const struct octet_kernel_table *table, octet_conv_kind kind, int64_t channels,
                                   int64_t taps);

/// Packs depthwise weights. Uses kind, weights, bias, scale, channels (all of them), taps, channel_stride, tap_stride
/// and input_zero_point of `packing`.
void octet_pack_depthwise(const struct octet_kernel_table *table, const octet_conv_packing *packing, void *output);

/// Fills rows_per_task for `threads` threads and returns the number of tasks.
size_t octet_depthwise_schedule(octet_depthwise_args *args, int threads);
