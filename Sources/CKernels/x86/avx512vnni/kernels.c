#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__)
#include "../../convolution_walk.h"
#include "../../kernel_set.h"
#include "../../nest.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define NAME(x) octet_avx512vnni_##x
#define TABLE_ISA OCTET_ISA_AVX512VNNI
#define TABLE_NAME "avx512vnni"
#define WIDE_REGISTERS 1

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma"))), \
                             apply_to = function)
#include "simd.h"
#include "../../templates/table.inc"
#pragma clang attribute pop
#endif
