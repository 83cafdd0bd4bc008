#pragma STDC FP_CONTRACT OFF
#include "../convolution_walk.h"
#include "../kernel_set.h"
#include "../nest.h"
#include <math.h>
#include <string.h>

#define NAME(x) octet_scalar_##x
#define WIDE_REGISTERS 0

#include "simd.h"
#include "../templates/kernels.inc"

#define TABLE_ISA OCTET_ISA_SCALAR
#define TABLE_NAME "scalar"
#define TABLE_SET octet_scalar_kernels
#define BF16_NAME(x) NAME(x)
#include "../templates/table.inc"
