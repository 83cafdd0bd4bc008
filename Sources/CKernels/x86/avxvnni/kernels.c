#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__)
#include "../../convolution_walk.h"
#include "../../kernel_set.h"
#include "../../nest.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define NAME(x) octet_avxvnni_##x
#define WIDE_REGISTERS 0
#define HAS_VNNI 1

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#include "../avx2/simd.h"
#include "../../templates/kernels.inc"
#pragma clang attribute pop

#define TABLE_ISA OCTET_ISA_AVXVNNI
#define TABLE_NAME "avxvnni"
#define TABLE_SET octet_avxvnni_kernels
#define BF16_NAME(x) NAME(x)
#include "../../templates/table.inc"
#endif
