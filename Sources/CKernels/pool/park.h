#pragma once
#include <stdatomic.h>
#include <stdint.h>

/// Sleeps while `*word` equals `expected`; may wake early.
void octet_park(_Atomic uint32_t *word, uint32_t expected);

/// Wakes up to `count` sleepers of `word`.
void octet_unpark(_Atomic uint32_t *word, int count);

/// Tells the processor that this is a spin loop.
static inline void octet_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
