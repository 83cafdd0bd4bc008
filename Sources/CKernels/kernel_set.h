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
} octet_kernel_set;

extern const octet_kernel_set octet_scalar_kernels;
#if defined(__x86_64__)
extern const octet_kernel_set octet_avx2_kernels;
extern const octet_kernel_set octet_avxvnni_kernels;
extern const octet_kernel_set octet_avx512vnni_kernels;
#endif

/// Kernels that only move bytes, shared by all instruction sets.
void octet_copy(const void *args, size_t task);
void octet_fill_halo(const void *args, size_t task);
void octet_fill(const void *args, size_t task);
void octet_resize_nearest(const void *args, size_t task);

/// x to the power y, correctly rounded in nearly all cases: a double-precision logarithm and exponential by own series.
float octet_power(float x, float y);
