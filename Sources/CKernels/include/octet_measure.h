#pragma once
#include "octet_isa.h"
#include <stdbool.h>

/// Whether the C code was compiled with optimisation. Timings of a build where this is false mean nothing.
bool octet_is_optimized(void);

/// Measured multiply-accumulates per second of one thread, in a loop of independent multiply-adds in registers that
/// runs about `seconds`. 0 if `isa` is not supported.
double octet_peak_int8(octet_isa isa, double seconds);
double octet_peak_float(octet_isa isa, double seconds);
double octet_peak_bf16(octet_isa isa, double seconds);
