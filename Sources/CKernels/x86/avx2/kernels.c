#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__)
#include "../../convolution_walk.h"
#include "../../kernel_set.h"
#include "../../nest.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define NAME(x) octet_avx2_##x
#define WIDE_REGISTERS 0
#define HAS_VNNI 0

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "simd.h"
#include "../../templates/kernels.inc"
#pragma clang attribute pop

#define TABLE_ISA OCTET_ISA_AVX2
#define TABLE_NAME "avx2"
#define TABLE_SET octet_avx2_kernels
#define BF16_NAME(x) NAME(x)
#include "../../templates/table.inc"
#endif
