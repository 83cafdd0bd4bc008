#pragma once
#include "octet_convolution.h"

/// Weights are read where the model's file has them, on any address.
typedef float file_float __attribute__((aligned(1), may_alias));

static inline int64_t octet_tap_place(const octet_conv_packing *p, int64_t t) {
    return p->tap_places ? p->tap_places[t] : t * p->tap_stride;
}

/// Packs the weights of a float convolution from channel `first` of a group on as bf16: a dword holds the elements
/// 2i (low half) and 2i + 1 of a column. The panel is zero before.
void octet_pack_panel_bf16(const octet_conv_packing *packing, int64_t group, int64_t first, uint8_t *panel);
