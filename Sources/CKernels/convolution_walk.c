#include "convolution_walk.h"
#include "schedule.h"

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How far ahead of its use memory is best fetched, in bytes.
#define STREAM_DISTANCE 8192

/// Pixels of a block while panels pass by: whole tiles, enough that starting on them costs little, few enough for the
/// first-level cache.
#define BLOCK_PIXELS 168

/// A part of an output row, or `lines` rows.
typedef struct block {
    int64_t image;
    int64_t row;
    int64_t column;
    int64_t length;
    int64_t lines;
} block;

/// The block with number `index` and, where a row is one block, those of the rows below it, up to number `last` and at
/// most `most` pixels together.
static block block_at(const octet_conv_args *p, int64_t index, int64_t last, int64_t most) {
    const int64_t per_row = divide_up(p->columns, p->columns_per_block), line = index / per_row;
    block b = {.image = line / p->rows, .row = line % p->rows, .column = index % per_row * p->columns_per_block};
    b.length = smaller(p->columns_per_block, p->columns - b.column);
    b.lines = 1;
    if (per_row == 1 && most >= 2 * b.length)
        b.lines = smaller(smaller(last - index, p->rows - b.row), most / b.length);
    return b;
}

/// Pixels cut into tiles of nearly equal size, so that no tile is much smaller than the registers allow: `larger` tiles
/// of `rows` + 1 pixels, then `others` of `rows`.
typedef struct cut {
    int64_t length;
    int64_t rows;
    int64_t larger;
    int64_t others;
} cut;

static cut cut_pixels(int64_t length, int64_t max_rows) {
    const int64_t count = divide_up(length, max_rows);
    cut c = {.length = length, .rows = length / count, .larger = length % count};
    c.others = count - c.larger;
    return c;
}

/// The size of equal parts of `length`, none above `most`.
static int64_t even(int64_t length, int64_t most) { return divide_up(length, divide_up(length, most)); }

/// What the blocks of a task share.
typedef struct walk {
    const octet_conv_args *args;
    const octet_conv_tiles *tiles;
    octet_panels panels;
    const uint8_t *ahead;
    int64_t ahead_step;
    /// The last cut for each width of panel.
    cut cuts[3];
    int64_t in_size;
    int64_t out_size;
    octet_conv_then then;
    const octet_fused_args *fused;
} walk;

/// Does what follows with the channels of `count` panels from number `panel` on of a block that has been written.
static void follow(const walk *w, block b, int64_t panel, int64_t count) {
    const octet_conv_args *p = w->args;
    const int64_t channel = panel * p->panel_width;
    const int64_t channels = smaller(count * p->panel_width, p->channels - channel);
    for (int64_t line = 0; line < b.lines; line++)
        w->then(w->fused, b.image, b.row + line, b.column, b.length, channel, channels);
}

/// The pixels of a block times the panels from number `panel` of `group` on, `count` of them.
static void multiply(walk *w, block b, int64_t group, int64_t panel, int64_t count) {
    const octet_conv_args *p = w->args;
    const octet_strides in = p->input_strides, out = p->output_strides, more = p->residual_strides;
    const uint8_t *weights = (const uint8_t *)p->weights + b.image * p->weights_image_stride;
    const int64_t from = b.image * in.image + b.row * in.row + b.column * in.pixel;
    const int64_t to = b.image * out.image + b.row * out.row + b.column * out.pixel;
    const int64_t beside = b.image * more.image + b.row * more.row + b.column * more.pixel;
    for (; count > 0; count--) {
        const int64_t channel = panel * p->panel_width;
        const int64_t columns = octet_panel_columns(p->panel_width, p->channels - channel);
        const int shape = (int)columns / 32;
        cut *c = &w->cuts[shape];
        if (c->length != b.length) *c = cut_pixels(b.length, w->tiles->max_rows[shape]);
        octet_conv_run run = {
            .input = (const uint8_t *)p->input + (from + group * p->input_group_stride) * w->in_size,
            .panel = weights + group * w->panels.group_bytes + panel * w->panels.bytes,
            .residual = p->residual ? (const uint8_t *)p->residual +
                                          (beside + group * p->channels + channel) * w->out_size : 0,
            .output = (uint8_t *)p->output + (to + group * p->output_group_stride + channel) * w->out_size,
            .valid = smaller(columns, p->channels - channel),
            .count = c->larger,
            .lines = b.lines,
            .ahead = w->ahead,
            .ahead_step = w->ahead_step,
        };
        if (c->larger) {
            run.ahead = w->tiles->tile[shape][c->rows](p, &run);
            const int64_t done = c->larger * (c->rows + 1);
            run.input += done * in.pixel * w->in_size;
            run.output += done * out.pixel * w->out_size;
            run.residual += done * more.pixel * w->out_size;
        }
        run.count = c->others;
        w->ahead = w->tiles->tile[shape][c->rows - 1](p, &run);
        if (++panel == w->panels.count) {
            panel = 0;
            group++;
        }
    }
}

void octet_conv_walk(const octet_conv_args *p, size_t task, const octet_conv_tiles *tiles) {
    octet_conv_walk_then(p, task, tiles, NULL, NULL);
}

void octet_conv_walk_then(const octet_conv_args *p, size_t task, const octet_conv_tiles *tiles, octet_conv_then then,
                          const octet_fused_args *fused) {
    walk w = {
        .args = p,
        .tiles = tiles,
        .panels = octet_panels_make(tiles->kind, p->panel_width, p->channels, p->taps, p->run),
        .ahead = p->weights,
        .in_size = octet_conv_input_size(tiles->kind),
        .out_size = octet_conv_output_size(tiles->kind),
        .then = then,
        .fused = fused,
    };
    const int64_t blocks = p->images * p->rows * divide_up(p->columns, p->columns_per_block);
    const int64_t panels = p->groups * w.panels.count, panel_groups = divide_up(panels, p->panels_per_task);
    const int64_t first_block = (int64_t)task / panel_groups * p->blocks_per_task;
    const int64_t last_block = smaller(first_block + p->blocks_per_task, blocks);
    const int64_t first_panel = (int64_t)task % panel_groups * p->panels_per_task;
    const int64_t last_panel = smaller(first_panel + p->panels_per_task, panels);
    int64_t group = first_panel / w.panels.count, panel = first_panel % w.panels.count;
    if (!p->panels_outside) {
        for (int64_t i = first_block; i < last_block;) {
            const block b = block_at(p, i, last_block, BLOCK_PIXELS);
            multiply(&w, b, group, panel, last_panel - first_panel);
            if (then) follow(&w, b, panel, last_panel - first_panel);
            i += b.lines;
        }
        return;
    }
    // While one panel is used the next one is fetched, the next task's first with the last; weights that are used once
    // stream past a little ahead.
    const int64_t tile_count = (last_block - first_block) * divide_up(smaller(p->columns_per_block, p->columns),
                                                                      tiles->max_rows[p->panel_width / 32]);
    const int64_t depth = p->taps * octet_conv_run_depth(tiles->kind, p->run);
    const int64_t step = divide_up(w.panels.bytes, tile_count * depth);
    for (int64_t left = last_panel - first_panel; left > 0; left--) {
        w.ahead = (const uint8_t *)p->weights + group * w.panels.group_bytes + panel * w.panels.bytes +
                  (tile_count == 1 ? STREAM_DISTANCE : w.panels.bytes);
        w.ahead_step = left > 1 || last_panel < panels ? step : 0;
        for (int64_t i = first_block; i < last_block;) {
            const block b = block_at(p, i, last_block, INT64_MAX);
            multiply(&w, b, group, panel, 1);
            if (then) follow(&w, b, panel, 1);
            i += b.lines;
        }
        if (++panel == w.panels.count) {
            panel = 0;
            group++;
        }
    }
}

size_t octet_conv_schedule(octet_conv_args *p, octet_conv_kind kind, int threads) {
    const int64_t depth = p->taps * p->run;
    const int64_t lines = p->images * p->rows;
    const int64_t panels = p->groups * divide_up(p->channels, p->panel_width);
    const int64_t group_bytes = octet_panels_make(kind, p->panel_width, p->channels, p->taps, p->run).group_bytes;
    const double rate = octet_conv_is_float(kind) ? 60e3 : 250e3;
    const int64_t weight_bytes = p->groups * group_bytes;
    const double compute = (double)lines * (double)p->columns * (double)depth * (double)p->channels *
                           (double)p->groups / rate;
    // Weights that are used once come from memory.
    const double microseconds = compute + (double)weight_bytes / 20e3;
    // Panels that leave the first-level cache before the next pixels need them are better kept while all pixels pass
    // by, if these stay in the second level.
    const int64_t pixels = lines * p->columns, element = octet_conv_input_size(kind);
    const int64_t input_bytes = pixels * p->input_strides.pixel * element;
    const int64_t output_bytes = pixels * p->channels * p->groups * octet_conv_output_size(kind);
    p->panels_outside = weight_bytes > 400 * 1024 || (weight_bytes > 24 * 1024 && input_bytes < 512 * 1024);
    p->columns_per_block = smaller(p->columns, p->panels_outside ? 1008 : BLOCK_PIXELS);
    p->panels_per_task = panels;
    p->blocks_per_task = lines * divide_up(p->columns, p->columns_per_block);
    const int64_t tasks = octet_tasks_wanted(microseconds, threads);
    if (tasks > 1) {
        // Pixels are shared out, and then stay with their thread from layer to layer, unless the weights, which every
        // thread reads then, are much larger: they are fetched ahead, what another thread wrote is waited for.
        int64_t shares = 1;
        if (!p->panels_outside) shares = tasks;
        else if (weight_bytes < 4 * (input_bytes + output_bytes / threads)) shares = threads;
        shares = smaller(shares, divide_up(pixels, 28));
        if (lines < shares)
            p->columns_per_block = even(divide_up(p->columns, divide_up(shares, lines)), p->columns_per_block);
        const int64_t blocks = lines * divide_up(p->columns, p->columns_per_block);
        p->blocks_per_task = octet_units_per_task(blocks, smaller(shares, blocks), threads);
        const int64_t groups = divide_up(blocks, p->blocks_per_task);
        p->panels_per_task = divide_up(panels, smaller(panels, divide_up(tasks, groups)));
    }
    const int64_t blocks = lines * divide_up(p->columns, p->columns_per_block);
    return (size_t)(divide_up(blocks, p->blocks_per_task) * divide_up(panels, p->panels_per_task));
}

size_t octet_gemv_schedule(octet_gemv_args *p, octet_conv_kind kind, int threads) {
    const int64_t blocks = divide_up(p->conv.channels, 16);
    const double microseconds = (double)p->conv.channels * (double)p->conv.run * (kind == OCTET_CONV_F32 ? 4 : 1) / 20e3;
    p->blocks_per_task = octet_units_per_task(blocks, octet_tasks_wanted(microseconds, threads), threads);
    return (size_t)divide_up(blocks, p->blocks_per_task);
}

size_t octet_depthwise_schedule(octet_depthwise_args *p, int threads) {
    const int64_t lines = p->images * p->rows;
    const double microseconds = (double)lines * (double)p->columns * (double)p->channels * (double)p->taps / 50e3;
    p->rows_per_task = octet_units_per_task(lines, octet_tasks_wanted(microseconds, threads), threads);
    return (size_t)divide_up(lines, p->rows_per_task);
}
