#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__)
#include "../../convolution_walk.h"
#include "../../kernel_set.h"
#include "../../nest.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define NAME(x) octet_avx512vnni_##x
#define WIDE_REGISTERS 1
#define HAS_BF16 0

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma"))), \
                             apply_to = function)
#include "simd.h"
#include "../../templates/kernels.inc"
#pragma clang attribute pop

#define TABLE_ISA OCTET_ISA_AVX512VNNI
#define TABLE_NAME "avx512vnni"
#define TABLE_SET octet_avx512vnni_kernels
#define BF16_NAME(x) NAME(x)
#include "../../templates/table.inc"

// With AVX512-BF16 as well, whose kernels are in a folder of their own.
#undef TABLE_ISA
#undef TABLE_NAME
#undef TABLE_SET
#undef BF16_NAME
#define TABLE_ISA OCTET_ISA_AVX512BF16
#define TABLE_NAME "avx512bf16"
#define TABLE_SET octet_avx512bf16_kernels
#define BF16_NAME(x) octet_avx512bf16_##x
#include "../../templates/table.inc"
#endif
