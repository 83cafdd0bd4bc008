#pragma once
#include "octet_convolution.h"
#include <stddef.h>
#include <stdint.h>

/// Arguments of `max_pool_u8`, `max_pool_f32`, `average_pool_u8` and `average_pool_f32`.
///
/// Windows are clipped to the image here; no halo is read. Output pixel (y, x) looks at the input rows
/// y * stride_rows - pad_top + i * dilation_rows, i = 0 ..< kernel_rows, and likewise columns.
///
/// Average, float: ((0 + x0) + x1) + ... in window order (rows, then columns), divided by the count.
/// Average, u8: the same on float(x - input_zero) * input_scale, then
/// saturate(rint(mean / output_scale) + output_zero), one float32 division, clamped to [minimum, maximum].
/// Maximum: of an empty window 0 (u8) or -INFINITY (float); NaN wins. u8: clamped to [minimum, maximum].
typedef struct octet_pool_args {
    /// Input pixel (0, 0) of image 0; input_strides are the distances between neighbouring *input* images, rows and
    /// pixels.
    const void *input;
    octet_strides input_strides;
    int64_t input_rows;
    int64_t input_columns;
    void *output;
    octet_strides output_strides;
    int64_t images;
    int64_t rows;
    int64_t columns;
    int64_t channels;
    int64_t kernel_rows;
    int64_t kernel_columns;
    int64_t stride_rows;
    int64_t stride_columns;
    int64_t pad_top;
    int64_t pad_left;
    /// Only for count_include_pad: positions beyond input + these pads (ceil mode) do not count.
    int64_t pad_bottom;
    int64_t pad_right;
    int64_t dilation_rows;
    int64_t dilation_columns;
    /// Average: 1 = padding counts in the divisor, 0 = only pixels of the image do.
    int32_t count_include_pad;
    float input_scale;
    float output_scale;
    int32_t input_zero;
    int32_t output_zero;
    int32_t minimum;
    int32_t maximum;
    /// Task t does the rows t * rows_per_task ... of all images * rows.
    int64_t rows_per_task;
} octet_pool_args;

/// Fills rows_per_task for `threads` threads and returns the number of tasks.
size_t octet_pool_schedule(octet_pool_args *args, int threads);

/// Arguments of `global_average_pool_u8` and `global_average_pool_f32`: the mean over rows * columns for each image and
/// channel; output (image, channel) lies at image * output_image_stride + channel.
///
/// u8: rint(float(sum of (x - input_zero)) * scale) + output_zero, clamped, where the caller computes
/// scale = input_scale / (output_scale * count) in float32; the sum is exact in int32.
/// Float: sum over rows, then columns from 0, divided by the count.
/// Tasks: images * ceil(channels / channels_per_task).
typedef struct octet_global_pool_args {
    const void *input;
    octet_strides input_strides;
    void *output;
    int64_t output_image_stride;
    int64_t images;
    int64_t rows;
    int64_t columns;
    int64_t channels;
    int64_t channels_per_task;
    float scale;
    int32_t input_zero;
    int32_t output_zero;
    int32_t minimum;
    int32_t maximum;
} octet_global_pool_args;

/// Fills channels_per_task for `threads` threads and returns the number of tasks.
size_t octet_global_pool_schedule(octet_global_pool_args *args, int threads);
