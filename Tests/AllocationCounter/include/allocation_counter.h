#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted: with glibc, unless a sanitizer has taken the allocator over.
bool allocation_counter_works(void);

/// Allocations that the calling thread has made so far.
uint64_t allocation_count(void);
