#include "panels.h"
#include "../convolution_walk.h"
#include <string.h>

/// What `narrow_f32_bf16` makes of a number.
static uint16_t bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    if ((bits & 0x7f800000) == 0) bits &= 0x80000000;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void octet_pack_panel_bf16(const octet_conv_packing *p, int64_t group, int64_t first, uint8_t *panel) {
    const int64_t width = octet_panel_columns(p->panel_width, p->channels - first), run = p->run_outer * p->run_inner;
    const int64_t depth = octet_conv_run_depth(OCTET_CONV_BF16, run);
    float *bias = (float *)panel;
    uint16_t *packed = (uint16_t *)(panel + octet_panel_header_bytes(OCTET_CONV_BF16, width));
    for (int64_t c = 0; c < width && first + c < p->channels; c++) {
        const file_float *w =
            (const file_float *)p->weights + group * p->group_stride + (first + c) * p->channel_stride;
        bias[c] = p->bias ? ((const float *)p->bias)[group * p->channels + first + c] : 0.0f;
        for (int64_t t = 0; t < p->taps; t++) {
            uint16_t *out = packed + (t * depth * width + c) * 2;
            int64_t k = 0;
            for (int64_t outer = 0; outer < p->run_outer; outer++) {
                const file_float *in = w + octet_tap_place(p, t) + outer * p->run_outer_stride;
                for (int64_t inner = 0; inner < p->run_inner; inner++, k++)
                    out[k / 2 * width * 2 + k % 2] = bf16(in[inner * p->run_inner_stride]);
            }
        }
    }
}
