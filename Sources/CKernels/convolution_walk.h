#pragma once
#include "octet_convolution.h"
#include "octet_fused.h"
#include <stdbool.h>

/// Register tiles side by side: `count` tiles in each of `lines` rows, each tile of a kernel's number of neighbouring
/// pixels, times one panel of which `valid` columns exist. `residual` belongs to the first output if the kernel adds one.
typedef struct octet_conv_run {
    const uint8_t *input;
    const uint8_t *panel;
    const uint8_t *residual;
    uint8_t *output;
    int64_t valid;
    int64_t count;
    int64_t lines;
    /// Weights to fetch into the second-level cache: with every row of a panel the line at `ahead`, which then advances
    /// by `ahead_step` bytes.
    const uint8_t *ahead;
    int64_t ahead_step;
} octet_conv_run;

/// Returns `ahead` as it has advanced.
typedef const uint8_t *(*octet_conv_tile)(const octet_conv_args *args, const octet_conv_run *run);

#define OCTET_MAX_TILE_ROWS 14

/// The tiles of one convolution kernel for panels of 16, 32 and 64 columns.
typedef struct octet_conv_tiles {
    octet_conv_kind kind;
    /// The largest number of pixels in a tile; 0 where the width is not offered.
    int max_rows[3];
    octet_conv_tile tile[3][OCTET_MAX_TILE_ROWS];
} octet_conv_tiles;

/// Runs one task of a convolution with the given tiles.
void octet_conv_walk(const octet_conv_args *args, size_t task, const octet_conv_tiles *tiles);

/// What is done with a part of the output once it is there: `length` pixels of a row from `column` on, `channels`
/// channels from `channel` on.
typedef void (*octet_conv_then)(const octet_fused_args *args, int64_t image, int64_t row, int64_t column, int64_t length,
                                int64_t channel, int64_t channels);

/// The same for one group, with `then` for every part of the output.
void octet_conv_walk_then(const octet_conv_args *p, size_t task, const octet_conv_tiles *tiles, octet_conv_then then,
                          const octet_fused_args *fused);

static inline bool octet_conv_is_float(octet_conv_kind kind) {
    return kind == OCTET_CONV_F32 || kind == OCTET_CONV_BF16;
}

/// Bytes of an element of the input.
static inline int64_t octet_conv_input_size(octet_conv_kind kind) {
    return kind == OCTET_CONV_F32 ? 4 : kind == OCTET_CONV_BF16 ? 2 : 1;
}

/// Bytes of an element of the output.
static inline int64_t octet_conv_output_size(octet_conv_kind kind) { return kind == OCTET_CONV_U8_U8 ? 1 : 4; }

/// Rows of a panel for one tap: a row holds, for every column, the weights of as many elements of the run as fill four
/// bytes.
static inline int64_t octet_conv_run_depth(octet_conv_kind kind, int64_t run) {
    const int64_t elements = 4 / octet_conv_input_size(kind);
    return (run + elements - 1) / elements;
}

/// Bytes of a packed panel: the header (bias; for u8 kinds also scales and float biases), then the weights.
static inline int64_t octet_panel_header_bytes(octet_conv_kind kind, int64_t width) {
    return octet_conv_is_float(kind) ? width * 4 : width * 12;
}

static inline int64_t octet_panel_bytes(octet_conv_kind kind, int64_t width, int64_t taps, int64_t run) {
    return octet_panel_header_bytes(kind, width) + taps * octet_conv_run_depth(kind, run) * width * 4;
}

/// The columns of a panel when `rest` channels of its group are left: the last one may be narrower.
static inline int64_t octet_panel_columns(int64_t width, int64_t rest) {
    const int64_t columns = rest > 32 ? 64 : rest > 16 ? 32 : 16;
    return columns < width ? columns : width;
}

/// The panels of a group of channels.
typedef struct octet_panels {
    int64_t count;
    /// Bytes from one panel to the next.
    int64_t bytes;
    /// Bytes of them all.
    int64_t group_bytes;
} octet_panels;

static inline octet_panels octet_panels_make(octet_conv_kind kind, int64_t width, int64_t channels, int64_t taps,
                                             int64_t run) {
    octet_panels p = {.count = (channels + width - 1) / width, .bytes = octet_panel_bytes(kind, width, taps, run)};
    p.group_bytes = channels / width * p.bytes;
    if (channels % width)
        p.group_bytes += octet_panel_bytes(kind, octet_panel_columns(width, channels % width), taps, run);
    return p;
}

/// The side of a square depthwise kernel whose rows the kernels for neighbouring outputs share; 0 for other numbers of
/// taps.
static inline int octet_depthwise_side(int64_t taps) { return taps == 9 ? 3 : taps == 25 ? 5 : taps == 49 ? 7 : 0; }

/// How the taps of an int8 depthwise convolution are gathered: up to four neighbours of a kernel row share a dword.
typedef struct octet_depthwise_groups {
    /// Taps of a row; all of them where rows are not told apart.
    int64_t row;
    /// Groups of a row, and of all rows.
    int64_t row_groups;
    int64_t count;
} octet_depthwise_groups;

static inline octet_depthwise_groups octet_depthwise_groups_make(int64_t taps) {
    const int side = octet_depthwise_side(taps);
    octet_depthwise_groups g = {.row = side ? side : taps};
    g.row_groups = (g.row + 3) / 4;
    g.count = (side ? side : 1) * g.row_groups;
    return g;
}

/// Blocks of packed int8 depthwise weights. Block b is for channels b * block ... + block - 1 modulo `channels`. There
/// are enough to go round, so that they also serve the consecutive bytes of a row of pixels, unless that takes
/// unreasonably many; then there are enough for one pixel.
static inline int64_t octet_depthwise_blocks(int64_t channels, int64_t block) {
    int64_t a = channels, b = block;
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return channels / a <= 64 ? channels / a : (channels + block - 1) / block;
}

/// The place in a panel row of `vectors` * 16 columns where channel `c` goes: natural order, or the order that
/// saturating packs of 128-bit lanes turn into the natural one.
static inline int64_t octet_panel_column(int64_t c, int64_t vectors, bool permuted) {
    if (!permuted || vectors == 1) return c;
    const int64_t lane = c / (4 * vectors), vector = c / 4 % vectors;
    return vector * 16 + lane * 4 + c % 4;
}

/// The channel whose place is `column`.
static inline int64_t octet_panel_channel(int64_t column, int64_t vectors, bool permuted) {
    if (!permuted || vectors == 1) return column;
    const int64_t vector = column / 16, lane = column / 4 % 4;
    return (lane * vectors + vector) * 4 + column % 4;
}
