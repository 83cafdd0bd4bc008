#pragma once
#include "octet_convolution.h"
#include "octet_elementwise.h"
#include <stddef.h>
#include <stdint.h>

/// Arguments of `copy`: output[i] = input[i] over the nest, for elements of 1, 2, 4 or 8 bytes. Both sides may have any
/// strides (also 0 and negative in the input). Runs that are contiguous on both sides, and transposes (one side
/// contiguous along the last dimension, the other along another), are fast.
typedef struct octet_copy_args {
    octet_nest nest;
    octet_source input;
    octet_target output;
    int32_t element_size;
} octet_copy_args;

/// Orders the dimensions of a copy for speed (merging what is contiguous, putting a transpose's two dimensions last)
/// and fills the division into tasks. Returns the number of tasks.
size_t octet_copy_schedule(octet_copy_args *args, int threads);

/// Arguments of `fill_halo`: writes `value` into the border around every image of a buffer: `top`/`bottom` rows of
/// left + columns + right pixels, and the `left`/`right` pixels of every row in between. Tasks: one per image.
typedef struct octet_halo_args {
    /// Pixel (0, 0) of the interior of image 0; strides in elements.
    void *interior;
    octet_strides strides;
    int64_t images;
    int64_t rows;
    int64_t columns;
    int64_t channels;
    int64_t top;
    int64_t bottom;
    int64_t left;
    int64_t right;
    /// 1 or 4; the low bytes of `value` are the element.
    int32_t element_size;
    uint32_t value;
} octet_halo_args;

/// Arguments of `fill`: `count` elements of `element_size` bytes (1, 2, 4 or 8), each the low bytes of `value`.
/// One task.
typedef struct octet_fill_args {
    void *output;
    int64_t count;
    uint64_t value;
    int32_t element_size;
} octet_fill_args;
