#pragma once
#include "octet_convolution.h"

/// Arguments of `resize_nearest` and `resize_linear_f32`: an image of other extents, pixels of `channels` elements next
/// to each other. Task t does the rows t * rows_per_task ... of all images * rows.
typedef struct octet_resize_args {
    const void *input;
    octet_strides input_strides;
    void *output;
    octet_strides output_strides;
    int64_t images;
    int64_t rows;
    int64_t columns;
    int64_t channels;
    /// Bytes of an element; 4 for `resize_linear_f32`.
    int64_t element_size;
    /// For every output row (column) the input row (column). `resize_linear_f32` has two of them, one after the other,
    /// and for each its weight.
    const int64_t *row_places;
    const int64_t *column_places;
    const float *row_weights;
    const float *column_weights;
    int64_t rows_per_task;
} octet_resize_args;
