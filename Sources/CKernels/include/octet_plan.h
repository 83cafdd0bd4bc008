#pragma once
#include <stddef.h>
#include <stdint.h>

/// Bytes after the last element of an activation buffer that kernels may read (never write).
#define OCTET_SLACK 64

/// One task of a kernel. `args` is the argument block documented beside the kernel; `task` counts from 0 to the step's
/// `task_count` - 1. Tasks of a step are independent of each other. A Swift callback has the same signature.
typedef void (*octet_kernel)(const void *args, size_t task);

/// One step of a plan. Step i + 1 starts when every task of step i has ended, or with them if step i is `beside_next`.
typedef struct octet_step {
    octet_kernel kernel;
    const void *args;
    size_t task_count;
    /// Not 0 if the next step neither reads nor writes what this one writes.
    int beside_next;
} octet_step;

/// A persistent pool of threads that share the tasks of a step.
typedef struct octet_pool octet_pool;

/// A pool that runs tasks on `threads` threads: the caller's and `threads` - 1 workers. Returns NULL if memory or
/// threads cannot be had. `threads` < 1 counts as 1.
octet_pool *octet_pool_create(int threads);

/// Ends the workers and frees the pool. No run may be in flight. NULL is allowed.
void octet_pool_destroy(octet_pool *pool);

/// The number of threads, the caller's included.
int octet_pool_threads(const octet_pool *pool);

/// Wakes the workers and lets them spin (for a bounded time between steps) until the matching `octet_pool_end`.
/// Calls nest. Optional: tasks also run without it, at the price of a wake-up per step.
void octet_pool_begin(octet_pool *pool);

/// Ends what `octet_pool_begin` began: idle workers stop spinning and sleep.
void octet_pool_end(octet_pool *pool);

/// Runs the tasks 0 ..< `task_count` of one kernel and returns when all have ended. `pool` may be NULL (inline).
/// One caller at a time per pool: concurrent callers take turns.
void octet_pool_run(octet_pool *pool, octet_kernel kernel, const void *args, size_t task_count);

/// Runs a plan: `count` steps in order, between `octet_pool_begin` and `_end`. `pool` may be NULL,
/// then everything runs on the caller's thread. `timestamps`, if not NULL, receives count + 1 monotonic times in
/// nanoseconds: the start, then the end of every step, and each step runs by itself.
///
/// Meanwhile numbers below the smallest normal float (2^-126) count as zero, on every CPU: trained networks are full of
/// weights that have decayed to such numbers, and arithmetic on them takes a hundred times as long.
void octet_run_steps(const octet_step *steps, size_t count, octet_pool *pool, uint64_t *timestamps);

/// Calls `body` with subnormal numbers as IEEE 754 has them, for a callback inside `octet_run_steps`.
void octet_with_subnormals(void (*body)(const void *context), const void *context);

/// Monotonic time in nanoseconds, the clock of `octet_run_steps`.
uint64_t octet_now(void);
