#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__)
#include "../../convolution_walk.h"
#include "../../kernel_set.h"
#include "../../nest.h"
#include <immintrin.h>
#include <string.h>

#define NAME(x) octet_avx512bf16_##x
#define KERNEL_LINKAGE
#define WIDE_REGISTERS 1
#define HAS_BF16 1

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,fma"))), \
                             apply_to = function)
#include "../avx512vnni/simd.h"
#include "../../templates/convolution_tiles.inc"
#include "../../templates/bfloat16.inc"
#pragma clang attribute pop
#endif
