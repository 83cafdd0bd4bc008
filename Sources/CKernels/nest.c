#include "schedule.h"
#include "nest.h"

static bool mergeable(const octet_nest *nest, int64_t *const *strides, int count, int outer, int inner) {
    for (int i = 0; i < count; i++)
        if (strides[i][outer] != strides[i][inner] * nest->dims[inner]) return false;
    return true;
}

void octet_nest_merge(octet_nest *nest, int64_t *const *strides, int count) {
    int last = OCTET_RANK - 1;
    // Dimensions move to the back into slot `last`; the one looked at merges into it or opens the next slot.
    for (int d = OCTET_RANK - 2; d >= 0; d--) {
        if (nest->dims[d] == 1) continue;
        if (nest->dims[last] == 1 || mergeable(nest, strides, count, d, last)) {
            const bool empty = nest->dims[last] == 1;
            for (int i = 0; i < count; i++)
                if (empty) strides[i][last] = strides[i][d];
            nest->dims[last] *= nest->dims[d];
        } else {
            last--;
            nest->dims[last] = nest->dims[d];
            for (int i = 0; i < count; i++) strides[i][last] = strides[i][d];
        }
    }
    for (int d = 0; d < last; d++) {
        nest->dims[d] = 1;
        for (int i = 0; i < count; i++) strides[i][d] = 0;
    }
}

size_t octet_nest_schedule(octet_nest *nest, int element_cost, int threads) {
    const int64_t run = nest->dims[OCTET_RANK - 1];
    int64_t lines = 1;
    for (int d = 0; d < OCTET_RANK - 1; d++) lines *= nest->dims[d];
    nest->run_per_block = run > 0 ? run : 1;
    nest->blocks_per_task = lines > 0 ? lines : 1;
    if (run == 0 || lines == 0) return 0;
    const int64_t tasks = octet_tasks_wanted((double)run * (double)lines * element_cost * 1e-6, threads);
    if (lines >= tasks) {
        nest->blocks_per_task = octet_units_per_task(lines, tasks, threads);
        return (size_t)((lines + nest->blocks_per_task - 1) / nest->blocks_per_task);
    }
    const int64_t pieces = (tasks + lines - 1) / lines;
    nest->run_per_block = ((run + pieces - 1) / pieces + 63) / 64 * 64;
    nest->blocks_per_task = 1;
    return (size_t)(lines * ((run + nest->run_per_block - 1) / nest->run_per_block));
}
