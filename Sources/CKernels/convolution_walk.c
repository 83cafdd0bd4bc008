#include "convolution_walk.h"

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The part of an output row that a block covers.
typedef struct block {
    int64_t image;
    int64_t row;
    int64_t column;
    int64_t length;
} block;

static block block_at(const octet_conv_args *p, int64_t index) {
    int64_t per_row = divide_up(p->columns, p->columns_per_block);
    int64_t line = index / per_row;
    block b;
    b.column = (index % per_row) * p->columns_per_block;
    b.length = smaller(p->columns_per_block, p->columns - b.column);
    b.row = line % p->rows;
    b.image = line / p->rows;
    return b;
}

/// A pixel run of a block times a range of panels. Runs are cut into tiles of nearly equal size, so that no tile is
/// much smaller than the registers allow.
static void multiply(const octet_conv_args *p, const octet_conv_tiles *tiles, block b, int64_t first, int64_t last,
                     int64_t in_size, int64_t out_size, int shape) {
    const int64_t width = p->panel_width;
    const int64_t per_group = divide_up(p->channels, width);
    const int64_t bytes = octet_panel_bytes(tiles->kind, width, p->taps, p->run);
    const octet_strides in = p->input_strides, out = p->output_strides, more = p->residual_strides;
    const uint8_t *weights = (const uint8_t *)p->weights + b.image * p->weights_image_stride;
    const int64_t count = divide_up(b.length, tiles->max_rows[shape]);
    const int64_t base = b.length / count, larger = b.length % count;
    int64_t column = b.column;
    for (int64_t i = 0; i < count; i++) {
        const int64_t rows = base + (i < larger);
        const octet_conv_tile tile = tiles->tile[shape][rows - 1];
        for (int64_t panel = first; panel < last; panel++) {
            const int64_t group = panel / per_group, channel = (panel % per_group) * width;
            const int64_t from = b.image * in.image + b.row * in.row + column * in.pixel +
                                 group * p->input_group_stride;
            const int64_t to = b.image * out.image + b.row * out.row + column * out.pixel +
                               group * p->output_group_stride + channel;
            const uint8_t *residual = p->residual;
            if (residual)
                residual += b.image * more.image + b.row * more.row + column * more.pixel +
                            group * p->channels + channel;
            tile(p, (const uint8_t *)p->input + from * in_size, weights + panel * bytes, residual,
                 (uint8_t *)p->output + to * out_size, smaller(width, p->channels - channel));
        }
        column += rows;
    }
}

void octet_conv_walk(const octet_conv_args *p, size_t task, const octet_conv_tiles *tiles) {
    const int shape = p->panel_width == 64 ? 2 : p->panel_width == 32 ? 1 : 0;
    const int64_t in_size = tiles->kind == OCTET_CONV_F32 ? 4 : 1;
    const int64_t out_size = tiles->kind == OCTET_CONV_U8_U8 ? 1 : 4;
    const int64_t blocks = p->images * p->rows * divide_up(p->columns, p->columns_per_block);
    const int64_t panels = p->groups * divide_up(p->channels, p->panel_width);
    const int64_t block_groups = divide_up(blocks, p->blocks_per_task);
    const int64_t first_block = ((int64_t)task % block_groups) * p->blocks_per_task;
    const int64_t last_block = smaller(first_block + p->blocks_per_task, blocks);
    const int64_t first_panel = ((int64_t)task / block_groups) * p->panels_per_task;
    const int64_t last_panel = smaller(first_panel + p->panels_per_task, panels);
    if (p->panels_outside) {
        for (int64_t panel = first_panel; panel < last_panel; panel++)
            for (int64_t i = first_block; i < last_block; i++)
                multiply(p, tiles, block_at(p, i), panel, panel + 1, in_size, out_size, shape);
    } else {
        for (int64_t i = first_block; i < last_block; i++)
            multiply(p, tiles, block_at(p, i), first_panel, last_panel, in_size, out_size, shape);
    }
}

size_t octet_conv_schedule(octet_conv_args *p, octet_conv_kind kind, int threads) {
    const int64_t depth = p->taps * p->run;
    const int64_t lines = p->images * p->rows;
    const int64_t panels = p->groups * divide_up(p->channels, p->panel_width);
    const int64_t panel_bytes = octet_panel_bytes(kind, p->panel_width, p->taps, p->run);
    const double rate = kind == OCTET_CONV_F32 ? 60e3 : 250e3;
    const int64_t weight_bytes = panels * panel_bytes;
    const double compute = (double)lines * (double)p->columns * (double)depth * (double)p->channels *
                           (double)p->groups / rate;
    // Weights that are used once come from memory.
    const double microseconds = compute + (double)weight_bytes / 20e3;
    p->panels_outside = weight_bytes > 400 * 1024;
    // A block of whole tiles whose inputs stay in the first-level cache while the panels pass by.
    p->columns_per_block = smaller(p->columns, 1024);
    if (lines < 4 * threads && threads > 1) {
        int64_t pieces = divide_up(4 * threads, lines < 1 ? 1 : lines);
        p->columns_per_block = smaller(p->columns_per_block, divide_up(divide_up(p->columns, pieces), 14) * 14);
    }
    const int64_t blocks = lines * divide_up(p->columns, p->columns_per_block);
    p->blocks_per_task = blocks;
    p->panels_per_task = panels;
    if (threads > 1 && microseconds > 10) {
        // About 8 chunks a thread, none below 5 microseconds.
        int64_t chunks = smaller(8 * threads, (int64_t)(microseconds / 5));
        if (chunks < 1) chunks = 1;
        if (p->panels_outside && panels >= 4 * threads) {
            p->panels_per_task = divide_up(panels, chunks);
        } else if (blocks >= 2 * threads || blocks >= panels) {
            p->blocks_per_task = divide_up(blocks, chunks);
        } else {
            p->panels_per_task = divide_up(panels, chunks);
        }
    }
    return (size_t)(divide_up(blocks, p->blocks_per_task) * divide_up(panels, p->panels_per_task));
}

size_t octet_depthwise_schedule(octet_depthwise_args *p, int threads) {
    const int64_t lines = p->images * p->rows;
    const double microseconds = (double)lines * (double)p->columns * (double)p->channels * (double)p->taps / 50e3;
    p->rows_per_task = lines;
    if (threads > 1 && microseconds > 10) {
        int64_t chunks = smaller(8 * threads, (int64_t)(microseconds / 5));
        p->rows_per_task = divide_up(lines, chunks < 1 ? 1 : chunks);
    }
    return (size_t)divide_up(lines, p->rows_per_task);
}
