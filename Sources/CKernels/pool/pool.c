#include "octet_plan.h"
#include "park.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/// How long a thread spins before it sleeps.
static const uint64_t spin_nanoseconds = 50000;

/// A job lives in slot epoch % SLOTS. A slot is rewritten only when all its tasks have ended and another epoch is
/// current, so whoever claims a task of an epoch has read the fields of that epoch.
enum { SLOTS = 4 };

typedef struct job {
    _Atomic(octet_kernel) kernel;
    _Atomic(const void *) args;
    _Atomic uint32_t count;
    /// Tasks that have ended; the caller sleeps on it after setting `waiting`.
    _Alignas(64) _Atomic uint32_t done;
    _Atomic uint32_t waiting;
} job;

struct octet_pool {
    /// epoch << 32 | index of the next task. A task is claimed by exchanging the whole word, so a late thread can
    /// never take a task of another epoch.
    _Alignas(64) _Atomic uint64_t state;
    _Alignas(64) job jobs[SLOTS];
    /// Changes whenever sleepers should look again.
    _Alignas(64) _Atomic uint32_t wake;
    _Atomic uint32_t sleepers;
    /// Runs between `begin` and `end`: while there are any, idle workers spin.
    _Atomic uint32_t active;
    _Atomic bool stopping;
    /// Held by the caller whose tasks the workers share.
    _Atomic bool busy;
    int threads;
    pthread_t *workers;
};

uint64_t octet_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/// Takes and runs one task of the current job. Returns false if none is left.
static bool run_one(octet_pool *pool) {
    uint64_t state = atomic_load(&pool->state);
    for (;;) {
        job *j = &pool->jobs[(state >> 32) % SLOTS];
        const octet_kernel kernel = atomic_load_explicit(&j->kernel, memory_order_relaxed);
        const void *args = atomic_load_explicit(&j->args, memory_order_relaxed);
        const uint32_t count = atomic_load_explicit(&j->count, memory_order_relaxed);
        const uint32_t index = (uint32_t)state;
        if (index >= count) {
            // The count may belong to a newer job; then the state has moved on and is looked at again.
            const uint64_t now = atomic_load(&pool->state);
            if (now == state) return false;
            state = now;
            continue;
        }
        if (!atomic_compare_exchange_weak(&pool->state, &state, state + 1)) continue;
        kernel(args, index);
        if (atomic_fetch_add(&j->done, 1) + 1 == count && atomic_load(&j->waiting)) octet_unpark(&j->done, 1);
        return true;
    }
}

static bool has_work(octet_pool *pool) {
    const uint64_t state = atomic_load(&pool->state);
    return (uint32_t)state < atomic_load(&pool->jobs[(state >> 32) % SLOTS].count);
}

static void *work(void *context) {
    octet_pool *pool = context;
    while (!atomic_load(&pool->stopping)) {
        if (run_one(pool)) continue;
        const uint64_t start = octet_now();
        bool found = false;
        while (!found && atomic_load(&pool->active) > 0 && octet_now() - start < spin_nanoseconds) {
            for (int i = 0; i < 32 && !found; i++) {
                octet_relax();
                found = has_work(pool);
            }
        }
        if (found) continue;
        const uint32_t seen = atomic_load(&pool->wake);
        atomic_fetch_add(&pool->sleepers, 1);
        if (!has_work(pool) && !atomic_load(&pool->stopping)) octet_park(&pool->wake, seen);
        atomic_fetch_sub(&pool->sleepers, 1);
    }
    return NULL;
}

static void wake_workers(octet_pool *pool, int count) {
    if (atomic_load(&pool->sleepers) == 0) return;
    atomic_fetch_add(&pool->wake, 1);
    octet_unpark(&pool->wake, count);
}

static void stop(octet_pool *pool, int started) {
    atomic_store(&pool->stopping, true);
    atomic_fetch_add(&pool->wake, 1);
    octet_unpark(&pool->wake, started);
    for (int i = 0; i < started; i++) pthread_join(pool->workers[i], NULL);
    free(pool->workers);
    free(pool);
}

octet_pool *octet_pool_create(int threads) {
    if (threads < 1) threads = 1;
    void *memory = NULL;
    if (posix_memalign(&memory, 64, sizeof(octet_pool)) != 0) return NULL;
    octet_pool *pool = memory;
    *pool = (octet_pool){.threads = threads};
    pool->workers = calloc((size_t)threads, sizeof(pthread_t));
    if (!pool->workers) {
        free(pool);
        return NULL;
    }
    // Signals of the process are left to its own threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int started = 0;
    while (started < threads - 1 && pthread_create(&pool->workers[started], NULL, work, pool) == 0) started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started < threads - 1) {
        stop(pool, started);
        return NULL;
    }
    return pool;
}

void octet_pool_destroy(octet_pool *pool) {
    if (pool) stop(pool, pool->threads - 1);
}

int octet_pool_threads(const octet_pool *pool) { return pool->threads; }

void octet_pool_begin(octet_pool *pool) {
    atomic_fetch_add(&pool->active, 1);
    wake_workers(pool, pool->threads - 1);
}

void octet_pool_end(octet_pool *pool) { atomic_fetch_sub(&pool->active, 1); }

static void run_inline(octet_kernel kernel, const void *args, size_t task_count) {
    for (size_t task = 0; task < task_count; task++) kernel(args, task);
}

/// Waits until the claimed tasks of the other threads have ended.
static void wait_for(job *j, uint32_t count) {
    uint32_t done = atomic_load(&j->done);
    if (done == count) return;
    const uint64_t start = octet_now();
    while (octet_now() - start < spin_nanoseconds) {
        for (int i = 0; i < 32; i++) {
            if (atomic_load(&j->done) == count) return;
            octet_relax();
        }
    }
    atomic_store(&j->waiting, 1);
    while ((done = atomic_load(&j->done)) != count) octet_park(&j->done, done);
}

void octet_pool_run(octet_pool *pool, octet_kernel kernel, const void *args, size_t task_count) {
    if (!pool || pool->threads == 1 || task_count <= 1 || task_count > UINT32_MAX / 2 ||
        atomic_exchange(&pool->busy, true)) {
        run_inline(kernel, args, task_count);
        return;
    }
    const uint64_t epoch = (uint32_t)((atomic_load(&pool->state) >> 32) + 1);
    job *j = &pool->jobs[epoch % SLOTS];
    atomic_store(&j->kernel, kernel);
    atomic_store(&j->args, args);
    atomic_store(&j->done, 0);
    atomic_store(&j->waiting, 0);
    atomic_store(&j->count, (uint32_t)task_count);
    atomic_store(&pool->state, epoch << 32);
    wake_workers(pool, (int)(task_count - 1 < (size_t)pool->threads ? task_count - 1 : (size_t)pool->threads));
    while (run_one(pool)) {}
    wait_for(j, (uint32_t)task_count);
    atomic_store(&pool->busy, false);
}

void octet_run_steps(const octet_step *steps, size_t count, octet_pool *pool, uint64_t *timestamps) {
    if (pool) octet_pool_begin(pool);
    if (timestamps) timestamps[0] = octet_now();
    for (size_t i = 0; i < count; i++) {
        octet_pool_run(pool, steps[i].kernel, steps[i].args, steps[i].task_count);
        if (timestamps) timestamps[i + 1] = octet_now();
    }
    if (pool) octet_pool_end(pool);
}
