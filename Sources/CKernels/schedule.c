#include "octet_kernels.h"

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How many of `count` equal units of `unit` microseconds a task should have.
static int64_t units_per_task(int64_t count, double unit, int threads) {
    if (count < 1) return 1;
    if (threads <= 1 || unit * (double)count <= 10) return count;
    int64_t chunks = (int64_t)(unit * (double)count / 5);
    if (chunks > 8 * threads) chunks = 8 * threads;
    return divide_up(count, chunks < 1 ? 1 : chunks);
}

size_t octet_pool_schedule(octet_pool_args *p, int threads) {
    const int64_t lines = p->images * p->rows;
    const double unit = (double)(p->columns * p->channels * p->kernel_rows * p->kernel_columns) / 20e3;
    p->rows_per_task = units_per_task(lines, unit, threads);
    return (size_t)divide_up(lines, p->rows_per_task);
}

size_t octet_global_pool_schedule(octet_global_pool_args *p, int threads) {
    const int64_t blocks = divide_up(p->channels, 64);
    const double unit = (double)(p->images * p->rows * p->columns * 64) / 10e3;
    p->channels_per_task = 64 * units_per_task(blocks, unit, threads);
    return (size_t)(p->images * divide_up(p->channels, p->channels_per_task));
}

int64_t octet_rows_per_task(int64_t rows, int64_t length, int threads) {
    return units_per_task(rows, (double)length / 1e3, threads);
}
