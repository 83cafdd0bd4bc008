#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Instruction sets that have their own kernels, slowest first.
typedef enum octet_isa {
    OCTET_ISA_SCALAR = 0,
    OCTET_ISA_AVX2 = 1,
    OCTET_ISA_AVXVNNI = 2,
    OCTET_ISA_AVX512VNNI = 3,
    /// The same with products of bf16 pairs in one instruction.
    OCTET_ISA_AVX512BF16 = 4,
} octet_isa;

#define OCTET_ISA_COUNT 5

/// Whether this processor (and this build) can run the kernels of `isa`.
bool octet_isa_supported(octet_isa isa);

/// The fastest supported instruction set, by CPUID.
octet_isa octet_best_isa(void);
