#pragma once
#include "octet_table.h"

/// Before a loop over registers, whose bounds are literals.
#define UNROLL _Pragma("clang loop unroll(full)")

/// What an instruction set's `kernels.c` defines.
typedef struct octet_kernel_set {
    octet_kernel_table table;
    /// Loops of `rounds` rounds of independent multiply-adds; they return how many multiply-accumulates they did.
    double (*peak_int8)(int64_t rounds);
    double (*peak_float)(int64_t rounds);
    double (*peak_bf16)(int64_t rounds);
} octet_kernel_set;

extern const octet_kernel_set octet_scalar_kernels;
#if defined(__x86_64__)
extern const octet_kernel_set octet_avx2_kernels;
extern const octet_kernel_set octet_avxvnni_kernels;
extern const octet_kernel_set octet_avx512vnni_kernels;
/// The kernels of avx512vnni but for those of bf16.
extern const octet_kernel_set octet_avx512bf16_kernels;
void octet_avx512bf16_conv_bf16(const void *args, size_t task);
void octet_avx512bf16_conv_bf16_add(const void *args, size_t task);
void octet_avx512bf16_narrow_f32_bf16(const void *args, size_t task);
double octet_avx512bf16_peak_bf16(int64_t rounds);
#endif

/// Kernels that only move bytes, shared by all instruction sets.
void octet_copy(const void *args, size_t task);
void octet_fill_halo(const void *args, size_t task);
void octet_fill(const void *args, size_t task);
void octet_resize_nearest(const void *args, size_t task);

/// x to the power y, correctly rounded in nearly all cases: a double-precision logarithm and exponential by own series.
float octet_power(float x, float y);
