#pragma once
#include <stddef.h>
#include <stdint.h>

/// What `min_max_f32` found. Bounds are over the finite elements; if there are none minimum = INFINITY and
/// maximum = -INFINITY.
typedef struct octet_range {
    float minimum;
    float maximum;
    /// How many elements are NaN, and how many are infinite.
    uint64_t nan_count;
    uint64_t infinite_count;
} octet_range;

/// The range of `count` floats.
typedef void (*octet_min_max_function)(const float *input, size_t count, octet_range *range);

/// Adds `count` floats (their absolute values if `absolute`) to `bins` equal bins over [low, high]:
/// bin = floor((x - low) * (bins / (high - low))) in float32, high itself falls into the last bin; elements outside the
/// range and NaN are ignored.
typedef void (*octet_histogram_function)(const float *input, size_t count, int absolute, float low, float high,
                                         size_t bins, uint64_t *counters);
