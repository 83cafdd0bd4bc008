#pragma once
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// The calling thread's rounding and treatment of subnormal numbers.
static inline uint64_t octet_float_mode(void) {
#if defined(__x86_64__)
    return _mm_getcsr() & ~0x3fu;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
#else
    return 0;
#endif
}

static inline void octet_set_float_mode(uint64_t mode) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    (void)mode;
#endif
}

/// The same mode with subnormal numbers as IEEE 754 has them.
static inline uint64_t octet_keeping(uint64_t mode) {
#if defined(__x86_64__)
    return mode & ~0x8040u;
#elif defined(__aarch64__)
    return mode & ~((uint64_t)1 << 24);
#else
    return mode;
#endif
}

/// The same mode with numbers below the smallest normal one taken for zero, as operands and as results.
static inline uint64_t octet_flushing(uint64_t mode) {
#if defined(__x86_64__)
    return mode | 0x8040u;
#elif defined(__aarch64__)
    return mode | (uint64_t)1 << 24;
#else
    return mode;
#endif
}
