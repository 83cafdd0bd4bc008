#include "kernel_set.h"
#include "octet_kernels.h"

static const octet_kernel_set *kernel_set(octet_isa isa) {
    if (!octet_isa_supported(isa)) return 0;
    switch (isa) {
        case OCTET_ISA_SCALAR: return &octet_scalar_kernels;
#if defined(__x86_64__)
        case OCTET_ISA_AVX2: return &octet_avx2_kernels;
        case OCTET_ISA_AVXVNNI: return &octet_avxvnni_kernels;
        case OCTET_ISA_AVX512VNNI: return &octet_avx512vnni_kernels;
        case OCTET_ISA_AVX512BF16: return &octet_avx512bf16_kernels;
#endif
        default: return 0;
    }
}

bool octet_isa_supported(octet_isa isa) {
    if (isa == OCTET_ISA_SCALAR) return true;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    switch (isa) {
        case OCTET_ISA_AVX2: return avx2;
        case OCTET_ISA_AVXVNNI: return avx2 && __builtin_cpu_supports("avxvnni");
        case OCTET_ISA_AVX512VNNI:
            return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512vnni");
        case OCTET_ISA_AVX512BF16:
            return octet_isa_supported(OCTET_ISA_AVX512VNNI) && __builtin_cpu_supports("avx512bf16");
        default: return false;
    }
#else
    return false;
#endif
}

octet_isa octet_best_isa(void) {
    int isa = OCTET_ISA_COUNT - 1;
    while (isa > OCTET_ISA_SCALAR && !octet_isa_supported((octet_isa)isa)) isa--;
    return (octet_isa)isa;
}

const octet_kernel_table *octet_kernels_for(octet_isa isa) {
    const octet_kernel_set *set = kernel_set(isa);
    return set ? &set->table : 0;
}

bool octet_is_optimized(void) {
#ifdef __OPTIMIZE__
    return true;
#else
    return false;
#endif
}

static double measure(double (*loop)(int64_t), double seconds) {
    double best = 0;
    int64_t rounds = 1000;
    const uint64_t start = octet_now();
    do {
        const uint64_t before = octet_now();
        const double work = loop(rounds);
        const uint64_t time = octet_now() - before;
        if (time > 0 && work / (double)time * 1e9 > best) best = work / (double)time * 1e9;
        if (time < 2000000) rounds *= 2;
    } while ((double)(octet_now() - start) < seconds * 1e9);
    return best;
}

double octet_peak_int8(octet_isa isa, double seconds) {
    const octet_kernel_set *set = kernel_set(isa);
    return set ? measure(set->peak_int8, seconds) : 0;
}

double octet_peak_bf16(octet_isa isa, double seconds) {
    const octet_kernel_set *set = kernel_set(isa);
    return set ? measure(set->peak_bf16, seconds) : 0;
}

double octet_peak_float(octet_isa isa, double seconds) {
    const octet_kernel_set *set = kernel_set(isa);
    return set ? measure(set->peak_float, seconds) : 0;
}
