#include "octet_plan.h"
#include "float_mode.h"
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
enum { SLOTS = 4, MOST_TASKS = 0xffff };

typedef struct job {
    _Atomic(octet_kernel) kernel;
    _Atomic(const void *) args;
    /// The number of task 0 of the shares.
    _Atomic size_t base;
    /// The caller's floating-point mode.
    _Atomic uint64_t float_mode;
    /// Tasks that workers have ended; the caller sleeps on it after setting `waiting`.
    _Alignas(64) _Atomic uint32_t done;
    _Atomic uint32_t waiting;
} job;

/// A thread and its share of the current job. The owner takes tasks from the front, so that it meets about the same part
/// of the memory in every step and walks through it in order; who has nothing left takes from the back of the others.
typedef struct member {
    /// epoch << 32 | first task left << 16 | end. A task is claimed by exchanging the whole word, so a late thread can
    /// never take a task of another epoch.
    _Alignas(64) _Atomic uint64_t share;
    octet_pool *pool;
    pthread_t thread;
} member;

struct octet_pool {
    _Alignas(64) job jobs[SLOTS];
    /// Changes whenever sleepers should look again.
    _Alignas(64) _Atomic uint32_t wake;
    _Atomic uint32_t sleepers;
    /// Runs between `begin` and `end`: while there are any, idle workers spin.
    _Atomic uint32_t active;
    _Atomic bool stopping;
    /// Held by the caller whose tasks the workers share.
    _Atomic bool busy;
    /// Of the current job; the caller's.
    uint32_t epoch;
    int threads;
    /// The caller, then the workers.
    member members[];
};

uint64_t octet_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t share_first(uint64_t share) { return (uint32_t)(share >> 16) & MOST_TASKS; }
static uint32_t share_end(uint64_t share) { return (uint32_t)share & MOST_TASKS; }

/// Claims and runs the tasks of a share, from its front or its back, until none is left. Returns how many it ran; they
/// are all of one job, `ran`, which cannot end before they are reported.
static uint32_t drain(octet_pool *pool, member *of, bool front, job **ran) {
    uint32_t count = 0;
    uint64_t share = atomic_load(&of->share);
    while (share_first(share) != share_end(share)) {
        job *j = &pool->jobs[(share >> 32) % SLOTS];
        const octet_kernel kernel = atomic_load_explicit(&j->kernel, memory_order_relaxed);
        const void *args = atomic_load_explicit(&j->args, memory_order_relaxed);
        const size_t base = atomic_load_explicit(&j->base, memory_order_relaxed);
        const uint64_t mode = atomic_load_explicit(&j->float_mode, memory_order_relaxed);
        const uint32_t task = front ? share_first(share) : share_end(share) - 1;
        const uint64_t rest = front ? share + (1 << 16) : share - 1;
        if (!atomic_compare_exchange_weak(&of->share, &share, rest)) continue;
        if (octet_float_mode() != mode) octet_set_float_mode(mode);
        kernel(args, base + task);
        *ran = j;
        count++;
        share = atomic_load(&of->share);
    }
    return count;
}

/// Runs what is left of the current job: the thread's own share, then what the others have not begun.
static uint32_t take_part(octet_pool *pool, int self, job **ran) {
    uint32_t count = drain(pool, &pool->members[self], true, ran);
    for (int i = 1; i < pool->threads; i++)
        count += drain(pool, &pool->members[(self + i) % pool->threads], false, ran);
    return count;
}

static bool has_work(const member *m) {
    const uint64_t share = atomic_load(&m->share);
    return share_first(share) != share_end(share);
}

static void *work(void *context) {
    member *self = context;
    octet_pool *pool = self->pool;
    while (!atomic_load(&pool->stopping)) {
        job *ran = NULL;
        const uint32_t count = take_part(pool, (int)(self - pool->members), &ran);
        if (count > 0) {
            atomic_fetch_add(&ran->done, count);
            if (atomic_load(&ran->waiting)) octet_unpark(&ran->done, 1);
        }
        const uint64_t start = octet_now();
        bool found = false;
        while (!found && atomic_load(&pool->active) > 0 && octet_now() - start < spin_nanoseconds) {
            for (int i = 0; i < 32 && !found; i++) {
                octet_relax();
                found = has_work(self);
            }
        }
        if (found) continue;
        const uint32_t seen = atomic_load(&pool->wake);
        atomic_fetch_add(&pool->sleepers, 1);
        if (!has_work(self) && !atomic_load(&pool->stopping)) octet_park(&pool->wake, seen);
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
    for (int i = 1; i <= started; i++) pthread_join(pool->members[i].thread, NULL);
    free(pool);
}

octet_pool *octet_pool_create(int threads) {
    if (threads < 1) threads = 1;
    void *memory = NULL;
    if (posix_memalign(&memory, 64, sizeof(octet_pool) + (size_t)threads * sizeof(member)) != 0) return NULL;
    octet_pool *pool = memory;
    *pool = (octet_pool){.threads = threads};
    for (int i = 0; i < threads; i++) pool->members[i] = (member){.pool = pool};
    // Signals of the process are left to its own threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int started = 0;
    while (started < threads - 1) {
        member *m = &pool->members[started + 1];
        if (pthread_create(&m->thread, NULL, work, m) != 0) break;
        started++;
    }
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

/// Waits until the workers have ended `count` tasks.
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

/// Runs the tasks `base` ..< `base` + `count` with the workers.
static void run_shared(octet_pool *pool, octet_kernel kernel, const void *args, size_t base, uint32_t count) {
    const uint32_t threads = (uint32_t)pool->threads;
    const uint64_t epoch = (uint64_t)++pool->epoch << 32;
    job *j = &pool->jobs[pool->epoch % SLOTS];
    atomic_store(&j->kernel, kernel);
    atomic_store(&j->args, args);
    atomic_store(&j->base, base);
    atomic_store(&j->float_mode, octet_float_mode());
    atomic_store(&j->done, 0);
    atomic_store(&j->waiting, 0);
    uint64_t end = count;
    for (uint32_t i = threads; i-- > 0;) {
        const uint64_t first = ((uint64_t)count * i + threads - 1) / threads;
        atomic_store(&pool->members[i].share, epoch | first << 16 | end);
        end = first;
    }
    wake_workers(pool, (int)(count < threads ? count : threads) - 1);
    job *ran = NULL;
    const uint32_t own = take_part(pool, 0, &ran);
    wait_for(j, count - own);
}

void octet_pool_run(octet_pool *pool, octet_kernel kernel, const void *args, size_t task_count) {
    if (!pool || pool->threads == 1 || task_count <= 1 || atomic_exchange(&pool->busy, true)) {
        run_inline(kernel, args, task_count);
        return;
    }
    for (size_t base = 0; base < task_count; base += MOST_TASKS) {
        const size_t rest = task_count - base;
        run_shared(pool, kernel, args, base, (uint32_t)(rest < MOST_TASKS ? rest : MOST_TASKS));
    }
    atomic_store(&pool->busy, false);
}

/// The tasks of a step and of the next, as those of one.
static void run_both(const void *args, size_t task) {
    const octet_step *step = args;
    if (task >= step->task_count) task -= step++->task_count;
    step->kernel(step->args, task);
}

/// Whether a step is shared together with the next: where that is shared anyway.
static bool joins(const octet_step *step, const octet_pool *pool) {
    return step[0].beside_next && step[1].task_count > 1 && octet_pool_threads(pool) > 1;
}

void octet_run_steps(const octet_step *steps, size_t count, octet_pool *pool, uint64_t *timestamps) {
    const uint64_t mode = octet_float_mode();
    octet_set_float_mode(octet_flushing(mode));
    if (pool) octet_pool_begin(pool);
    if (timestamps) timestamps[0] = octet_now();
    for (size_t i = 0; i < count; i++) {
        if (pool && !timestamps && i + 1 < count && joins(&steps[i], pool)) {
            octet_pool_run(pool, run_both, &steps[i], steps[i].task_count + steps[i + 1].task_count);
            i++;
            continue;
        }
        octet_pool_run(pool, steps[i].kernel, steps[i].args, steps[i].task_count);
        if (timestamps) timestamps[i + 1] = octet_now();
    }
    if (pool) octet_pool_end(pool);
    octet_set_float_mode(mode);
}

void octet_with_subnormals(void (*body)(const void *), const void *context) {
    const uint64_t mode = octet_float_mode();
    octet_set_float_mode(octet_keeping(mode));
    body(context);
    octet_set_float_mode(mode);
}
