#include "../convolution_walk.h"
#include "octet_table.h"
#include "panels.h"
#include <string.h>

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int32_t octet_conv_panel_width(const octet_kernel_table *table, octet_conv_kind kind, int64_t channels,
                               int64_t depth) {
    const int32_t widest = octet_conv_is_float(kind) ? table->max_panel_width_f32 : table->max_panel_width_u8;
    if (widest <= 16 || channels <= 16) return 16;
    return widest <= 32 || kind != OCTET_CONV_U8_U8 || depth > 256 || channels <= 32 ? 32 : 64;
}

int32_t octet_pack_planes(int32_t zero_point) { return zero_point == 128 ? 1 : zero_point == 0 ? 3 : 2; }

size_t octet_packed_conv_size(const octet_conv_packing *p) {
    const int64_t run = p->run_outer * p->run_inner;
    return (size_t)(p->groups * octet_panels_make(p->kind, p->panel_width, p->channels, p->taps, run).group_bytes);
}

/// Elements of a tap that are brought together at a time where they do not lie next to each other.
#define PART 512

// Elements first ... first + count - 1 of a tap, and zeros up to a whole quad.
static void gather(const octet_conv_packing *p, const int8_t *w, int64_t first, int64_t count, int8_t *part) {
    memset(part + count, 0, (size_t)(-count & 3));
    int64_t outer = first / p->run_inner, inner = first % p->run_inner;
    while (count > 0) {
        const int64_t length = count < p->run_inner - inner ? count : p->run_inner - inner;
        const int8_t *in = w + outer * p->run_outer_stride + inner * p->run_inner_stride;
        for (int64_t i = 0; i < length; i++) part[i] = in[i * p->run_inner_stride];
        part += length;
        count -= length;
        outer++;
        inner = 0;
    }
}

// One tap of sixteen channels, those without weights being zero.
static void pack_tap_u8(const octet_kernel_table *table, const octet_conv_packing *p, const int8_t *const *weights,
                        bool complete, uint8_t *packed, int64_t step, int32_t *sums) {
    const int64_t run = p->run_outer * p->run_inner;
    int64_t first = 0;
    if (complete && p->run_outer == 1 && p->run_inner_stride == 1) {
        table->interleave_rows(weights, run / 4, packed, step, sums);
        first = run / 4 * 4;
    }
    for (; first < run; first += PART) {
        const int64_t count = run - first < PART ? run - first : PART;
        int8_t parts[16][PART];
        const int8_t *rows[16];
        for (int i = 0; i < 16; i++) {
            rows[i] = parts[i];
            if (weights[i]) {
                gather(p, weights[i], first, count, parts[i]);
            } else {
                memset(parts[i], 0, (size_t)divide_up(count, 4) * 4);
            }
        }
        table->interleave_rows(rows, divide_up(count, 4), packed + first / 4 * step, step, sums);
    }
}

static void pack_panel_u8(const octet_kernel_table *table, const octet_conv_packing *p, int64_t group, int64_t first,
                          uint8_t *panel) {
    const bool permuted = table->permutes_columns && p->kind == OCTET_CONV_U8_U8;
    const int64_t width = octet_panel_columns(p->panel_width, p->channels - first);
    const int64_t quads = divide_up(p->run_outer * p->run_inner, 4);
    int32_t *bias = (int32_t *)panel;
    float *scale = (float *)(panel + 4 * width), *float_bias = (float *)(panel + 8 * width);
    for (int64_t column = 0; column < width; column += 16) {
        const int8_t *weights[16];
        int32_t sums[16] = {0};
        bool complete = true;
        int64_t channel[16];
        for (int i = 0; i < 16; i++) {
            channel[i] = first + octet_panel_channel(column + i, width / 16, permuted);
            const bool exists = channel[i] < p->channels;
            weights[i] = exists ? (const int8_t *)p->weights + group * p->group_stride + channel[i] * p->channel_stride
                                : NULL;
            complete = complete && exists;
        }
        for (int64_t t = 0; t < p->taps; t++) {
            const int8_t *tap[16];
            for (int i = 0; i < 16; i++) tap[i] = weights[i] ? weights[i] + octet_tap_place(p, t) : NULL;
            pack_tap_u8(table, p, tap, complete, panel + 12 * width + (t * quads * width + column) * 4, 4 * width,
                        sums);
        }
        for (int i = 0; i < 16; i++) {
            if (!weights[i]) continue;
            const int64_t c = group * p->channels + channel[i];
            const uint32_t given = p->bias ? (uint32_t)((const int32_t *)p->bias)[c] : 0;
            bias[column + i] = (int32_t)(given - (uint32_t)p->input_zero_point * (uint32_t)sums[i]);
            scale[column + i] = p->scale ? p->scale[c] : 1.0f;
            float_bias[column + i] = p->float_bias ? p->float_bias[c] : 0.0f;
        }
    }
}

static void pack_panel_f32(const octet_conv_packing *p, int64_t group, int64_t first, float *panel) {
    const int64_t width = octet_panel_columns(p->panel_width, p->channels - first);
    for (int64_t c = 0; c < width && first + c < p->channels; c++) {
        const file_float *w =
            (const file_float *)p->weights + group * p->group_stride + (first + c) * p->channel_stride;
        panel[c] = p->bias ? ((const float *)p->bias)[group * p->channels + first + c] : 0.0f;
        float *packed = panel + width + c;
        for (int64_t t = 0; t < p->taps; t++) {
            for (int64_t outer = 0; outer < p->run_outer; outer++) {
                const file_float *in = w + octet_tap_place(p, t) + outer * p->run_outer_stride;
                for (int64_t inner = 0; inner < p->run_inner; inner++, packed += width)
                    *packed = in[inner * p->run_inner_stride];
            }
        }
    }
}

void octet_pack_conv(const octet_kernel_table *table, const octet_conv_packing *p, void *output) {
    const int64_t run = p->run_outer * p->run_inner;
    const octet_panels panels = octet_panels_make(p->kind, p->panel_width, p->channels, p->taps, run);
    for (int64_t group = 0; group < p->groups; group++) {
        uint8_t *panel = (uint8_t *)output + group * panels.group_bytes;
        for (int64_t first = 0; first < p->channels; first += p->panel_width, panel += panels.bytes) {
            if (p->kind == OCTET_CONV_F32) {
                pack_panel_f32(p, group, first, (float *)panel);
            } else if (p->kind == OCTET_CONV_BF16) {
                octet_pack_panel_bf16(p, group, first, panel);
            } else {
                pack_panel_u8(table, p, group, first, panel);
            }
        }
    }
}

size_t octet_packed_gemv_size(octet_conv_kind kind, int64_t channels) {
    return (size_t)(divide_up(channels, 16) * octet_panel_header_bytes(kind, 16));
}

void octet_pack_gemv(const octet_conv_packing *p, void *output) {
    if (p->kind == OCTET_CONV_F32) {
        if (p->bias) memcpy(output, p->bias, (size_t)p->channels * 4);
        return;
    }
    for (int64_t c = 0; c < p->channels; c++) {
        uint8_t *header = (uint8_t *)output + c / 16 * octet_panel_header_bytes(p->kind, 16);
        uint32_t sum = 0;
        if (p->input_zero_point) {
            const int8_t *row = (const int8_t *)p->weights + c * p->run_inner;
            for (int64_t k = 0; k < p->run_inner; k++) sum += (uint32_t)(int32_t)row[k];
        }
        const uint32_t given = p->bias ? (uint32_t)((const int32_t *)p->bias)[c] : 0;
        ((int32_t *)header)[c % 16] = (int32_t)(given - (uint32_t)p->input_zero_point * sum);
        ((float *)(header + 64))[c % 16] = p->scale ? p->scale[c] : 1.0f;
        ((float *)(header + 128))[c % 16] = p->float_bias ? p->float_bias[c] : 0.0f;
    }
}

size_t octet_packed_depthwise_size(const octet_kernel_table *table, octet_conv_kind kind, int64_t channels,
                                   int64_t taps) {
    if (kind == OCTET_CONV_F32) {
        const int64_t block = table->depthwise_block_f32;
        return (size_t)(divide_up(channels, block) * block * 4 * (1 + taps));
    }
    const int64_t block = table->depthwise_block_u8;
    return (size_t)(octet_depthwise_blocks(channels, block) * block *
                    (8 + 4 * octet_depthwise_groups_make(taps).count));
}

void octet_pack_depthwise(const octet_kernel_table *table, const octet_conv_packing *p, void *output) {
    if (p->kind == OCTET_CONV_F32) {
        const int64_t block = table->depthwise_block_f32;
        for (int64_t c = 0; c < p->channels; c++) {
            float *packed = (float *)output + c / block * block * (1 + p->taps) + c % block;
            packed[0] = p->bias ? ((const float *)p->bias)[c] : 0.0f;
            for (int64_t t = 0; t < p->taps; t++)
                packed[(1 + t) * block] = ((const file_float *)p->weights)[c * p->channel_stride + t * p->tap_stride];
        }
        return;
    }
    const int64_t block = table->depthwise_block_u8;
    const octet_depthwise_groups groups = octet_depthwise_groups_make(p->taps);
    const int64_t bytes = block * (8 + 4 * groups.count);
    const int64_t columns = octet_depthwise_blocks(p->channels, block) * block;
    for (int64_t i = 0; i < columns; i++) {
        const int64_t c = i % p->channels;
        uint8_t *packed = (uint8_t *)output + i / block * bytes;
        const int64_t column = octet_panel_column(i % block, block / 16, table->permutes_columns);
        int8_t *weights = (int8_t *)(packed + 8 * block);
        uint32_t sum = 0;
        for (int64_t t = 0; t < p->taps; t++) {
            const int8_t value = ((const int8_t *)p->weights)[c * p->channel_stride + t * p->tap_stride];
            const int64_t group = t / groups.row * groups.row_groups + t % groups.row / 4;
            weights[(group * block + column) * 4 + t % groups.row % 4] = value;
            sum += (uint32_t)(int32_t)value;
        }
        const uint32_t given = p->bias ? (uint32_t)((const int32_t *)p->bias)[c] : 0;
        ((int32_t *)packed)[column] = (int32_t)(given - (uint32_t)p->input_zero_point * sum);
        ((float *)(packed + 4 * block))[column] = p->scale ? p->scale[c] : 1.0f;
    }
}
