#include "schedule.h"
#include "octet_kernels.h"

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t octet_tasks_wanted(double microseconds, int threads) {
    if (threads <= 1 || microseconds <= 10) return 1;
    const int64_t least = (int64_t)(microseconds / 5), most = 8 * (int64_t)threads;
    return least < most ? least : most;
}

int64_t octet_units_per_task(int64_t units, int64_t tasks, int threads) {
    if (units < 1) return 1;
    if (tasks <= 1) return units;
    // Smaller tasks, down to half, if the busiest thread then has less to do.
    const int64_t largest = divide_up(units, tasks);
    int64_t best = largest, busiest = INT64_MAX;
    for (int64_t size = largest; size > 0 && 2 * size >= largest; size--) {
        const int64_t load = divide_up(divide_up(units, size), threads) * size;
        if (load < busiest) {
            best = size;
            busiest = load;
        }
    }
    return best;
}

size_t octet_pool_schedule(octet_pool_args *p, int threads) {
    const int64_t lines = p->images * p->rows;
    const double work = (double)(p->columns * p->channels * p->kernel_rows * p->kernel_columns) * (double)lines;
    p->rows_per_task = octet_units_per_task(lines, octet_tasks_wanted(work / 20e3, threads), threads);
    return (size_t)divide_up(lines, p->rows_per_task);
}

size_t octet_narrow_schedule(octet_narrow_args *p, int threads) {
    const int64_t blocks = divide_up(p->count, 1024);
    p->count_per_task = 1024 * octet_units_per_task(blocks, octet_tasks_wanted((double)p->count / 5e3, threads), threads);
    return (size_t)divide_up(p->count, p->count_per_task);
}

size_t octet_global_pool_schedule(octet_global_pool_args *p, int threads) {
    const int64_t blocks = divide_up(p->channels, 16);
    const double work = (double)(p->images * p->rows * p->columns) * (double)p->channels;
    p->channels_per_task = 16 * octet_units_per_task(blocks, octet_tasks_wanted(work / 10e3, threads), threads);
    return (size_t)(p->images * divide_up(p->channels, p->channels_per_task));
}

int64_t octet_rows_per_task(int64_t rows, int64_t length, int threads) {
    return octet_units_per_task(rows, octet_tasks_wanted((double)rows * (double)length / 1e3, threads), threads);
}
