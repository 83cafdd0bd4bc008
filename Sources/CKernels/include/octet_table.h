#pragma once
#include "octet_convolution.h"
#include "octet_elementwise.h"
#include "octet_fused.h"
#include "octet_isa.h"
#include "octet_movement.h"
#include "octet_observe.h"
#include "octet_plan.h"
#include "octet_pooling.h"
#include "octet_recurrent.h"
#include "octet_reduction.h"
#include "octet_resize.h"

/// The kernels of one instruction set. Every kernel takes the argument block named after it.
typedef struct octet_kernel_table {
    octet_isa isa;
    /// "scalar", "avx2", "avxvnni", "avx512vnni" or "avx512bf16".
    const char *name;
    /// The widest panel of packed weights, in output channels.
    int32_t max_panel_width_u8;
    int32_t max_panel_width_f32;
    /// Channels of a block of packed depthwise weights.
    int32_t depthwise_block_u8;
    int32_t depthwise_block_f32;
    /// Whether the columns of u8 -> u8 panels are stored in the order in which saturating packs return them.
    int32_t permutes_columns;

    // octet_conv_args
    octet_kernel conv_u8_u8;
    octet_kernel conv_u8_u8_add;
    octet_kernel conv_f32_add;
    octet_kernel conv_u8_f32;
    octet_kernel conv_u8_s32;
    octet_kernel conv_f32;
    octet_kernel conv_bf16;
    octet_kernel conv_bf16_add;
    // octet_narrow_args
    octet_kernel narrow_f32_bf16;
    // octet_gemv_args
    octet_kernel gemv_u8_u8;
    octet_kernel gemv_u8_f32;
    octet_kernel gemv_f32;
    // octet_pack_args
    octet_kernel pack_f32;
    // octet_pack_u8_args
    octet_kernel pack_u8;
    // octet_depthwise_args
    octet_kernel depthwise_u8_u8;
    octet_kernel depthwise_f32;
    // octet_pool_args
    octet_kernel max_pool_u8;
    octet_kernel max_pool_f32;
    octet_kernel average_pool_u8;
    octet_kernel average_pool_f32;
    // octet_global_pool_args
    octet_kernel global_average_pool_u8;
    octet_kernel global_average_pool_f32;
    // octet_qbinary_args
    octet_kernel qadd_u8;
    octet_kernel qmul_u8;
    // octet_lookup_args
    octet_kernel lookup_u8_u8;
    octet_kernel lookup_u8_f32;
    // octet_quantize_args
    octet_kernel quantize_f32_u8;
    octet_kernel dequantize_u8_f32;
    octet_kernel convert_s32_f32;
    // octet_planes_args
    octet_kernel quantize_planes_u8;
    // octet_binary_args
    octet_kernel binary_f32;
    octet_kernel add_s32;
    // octet_unary_args
    octet_kernel unary_f32;
    // octet_fused_args
    octet_kernel fused_f32;
    // octet_conv_fused_args
    octet_kernel conv_f32_fused;
    // octet_depthwise_fused_args
    octet_kernel depthwise_f32_fused;
    // octet_resize_args
    octet_kernel resize_nearest;
    octet_kernel resize_linear_f32;
    // octet_copy_args
    octet_kernel copy;
    // octet_halo_args
    octet_kernel fill_halo;
    // octet_fill_args
    octet_kernel fill;
    // octet_reduce_args
    octet_kernel reduce_f32;
    // octet_softmax_args
    octet_kernel softmax_f32;
    // octet_layer_norm_args
    octet_kernel layer_norm_f32;
    // octet_recurrent_args
    octet_kernel recurrent_f32;

    octet_interleave_function interleave_rows;
    octet_min_max_function min_max_f32;
    octet_histogram_function histogram_f32;
} octet_kernel_table;

/// The kernels of `isa`, or NULL if this processor cannot run them.
const octet_kernel_table *octet_kernels_for(octet_isa isa);
