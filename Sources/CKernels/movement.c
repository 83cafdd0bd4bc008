#include "kernel_set.h"
#include "nest.h"
#include <string.h>

enum { RUN = OCTET_RANK - 1, ACROSS = OCTET_RANK - 2 };

/// Whether the copy is a transpose of its last two dimensions: written along one, read along the other.
static bool is_transpose(const octet_copy_args *p) {
    return p->nest.dims[ACROSS] > 1 && p->output.strides[RUN] == 1 && p->input.strides[RUN] != 1 &&
           p->input.strides[ACROSS] == 1;
}

/// The nest whose blocks are the units of work: a transpose takes all of dimension ACROSS with every block.
static octet_nest units(const octet_copy_args *p) {
    octet_nest nest = p->nest;
    if (is_transpose(p)) nest.dims[ACROSS] = 1;
    return nest;
}

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

static void move_dimension(octet_copy_args *p, int from, int to) {
    int64_t *lists[3] = {p->nest.dims, p->input.strides, p->output.strides};
    for (int l = 0; l < 3; l++) {
        const int64_t moved = lists[l][from];
        for (int d = from; d < to; d++) lists[l][d] = lists[l][d + 1];
        for (int d = from; d > to; d--) lists[l][d] = lists[l][d - 1];
        lists[l][to] = moved;
    }
}

size_t octet_copy_schedule(octet_copy_args *p, int threads) {
    for (int d = 1; d < OCTET_RANK; d++) {
        int to = d;
        while (to > 0 && (p->nest.dims[to - 1] == 1 ||
                          (p->nest.dims[d] != 1 &&
                           magnitude(p->output.strides[to - 1]) < magnitude(p->output.strides[d]))))
            to--;
        if (p->nest.dims[d] == 1) to = 0;
        move_dimension(p, d, to);
    }
    int64_t *strides[2] = {p->input.strides, p->output.strides};
    octet_nest_merge(&p->nest, strides, 2);
    if (p->input.strides[RUN] != 1 && p->output.strides[RUN] == 1) {
        for (int d = 0; d < RUN; d++) {
            if (p->nest.dims[d] > 1 && p->input.strides[d] == 1) {
                move_dimension(p, d, ACROSS);
                break;
            }
        }
    }
    octet_nest nest = units(p);
    const int64_t weight = is_transpose(p) ? p->nest.dims[ACROSS] : 1;
    const int64_t cost = (p->input.strides[RUN] == 1 ? 25 * p->element_size : 500) * weight;
    const size_t tasks = octet_nest_schedule(&nest, cost > 1000000 ? 1000000 : (int)cost, threads);
    p->nest.run_per_block = nest.run_per_block;
    p->nest.blocks_per_task = nest.blocks_per_task;
    return tasks;
}

// The planes of an image become its pixels, the halves of the channels are shuffled: three and two deserve their own
// loops.
#define TRANSPOSE(T) \
    static void transpose_##T(const T *restrict in, int64_t in_stride, T *restrict out, int64_t out_stride, \
                              int64_t run, int64_t across) { \
        if (run == 2 && out_stride == 2) { \
            for (int64_t j = 0; j < across; j++) { \
                out[2 * j] = in[j]; \
                out[2 * j + 1] = in[in_stride + j]; \
            } \
            return; \
        } \
        if (run == 3 && out_stride == 3) { \
            for (int64_t j = 0; j < across; j++) { \
                out[3 * j] = in[j]; \
                out[3 * j + 1] = in[in_stride + j]; \
                out[3 * j + 2] = in[2 * in_stride + j]; \
            } \
            return; \
        } \
        for (int64_t i0 = 0; i0 < run; i0 += 16) { \
            const int64_t i1 = run - i0 < 16 ? run : i0 + 16; \
            for (int64_t j = 0; j < across; j++) \
                for (int64_t i = i0; i < i1; i++) out[j * out_stride + i] = in[i * in_stride + j]; \
        } \
    }
#define STRIDED(T) \
    static void strided_##T(const T *in, int64_t in_stride, T *out, int64_t out_stride, int64_t run) { \
        for (int64_t i = 0; i < run; i++) out[i * out_stride] = in[i * in_stride]; \
    }
TRANSPOSE(uint8_t)
TRANSPOSE(uint16_t)
TRANSPOSE(uint32_t)
TRANSPOSE(uint64_t)
STRIDED(uint8_t)
STRIDED(uint16_t)
STRIDED(uint32_t)
STRIDED(uint64_t)

#define BY_SIZE(size, call) \
    switch (size) { \
        case 1: call(uint8_t) break; \
        case 2: call(uint16_t) break; \
        case 4: call(uint32_t) break; \
        default: call(uint64_t) break; \
    }

void octet_copy(const void *args, size_t task) {
    const octet_copy_args *p = args;
    const octet_nest nest = units(p);
    const bool transpose = is_transpose(p);
    const int64_t in_run = p->input.strides[RUN], out_run = p->output.strides[RUN];
    OCTET_FOR_EACH_BLOCK(c, &nest, task) {
        const int64_t from = octet_cursor_offset(&c, p->input.strides) * p->element_size;
        const int64_t to = octet_cursor_offset(&c, p->output.strides) * p->element_size;
        const uint8_t *in = (const uint8_t *)p->input.base + from;
        uint8_t *out = (uint8_t *)p->output.base + to;
        if (transpose) {
#define CALL(T) \
    transpose_##T((const T *)in, in_run, (T *)out, p->output.strides[ACROSS], c.length, p->nest.dims[ACROSS]);
            BY_SIZE(p->element_size, CALL)
#undef CALL
        } else if (in_run == 1 && out_run == 1) {
            memcpy(out, in, (size_t)(c.length * p->element_size));
        } else {
#define CALL(T) strided_##T((const T *)in, in_run, (T *)out, out_run, c.length);
            BY_SIZE(p->element_size, CALL)
#undef CALL
        }
    }
}

static void fill_elements(void *output, int64_t count, uint64_t value, int32_t element_size) {
#define CALL(T) for (int64_t i = 0; i < count; i++) ((T *)output)[i] = (T)value;
    BY_SIZE(element_size, CALL)
#undef CALL
}

void octet_fill(const void *args, size_t task) {
    const octet_fill_args *p = args;
    (void)task;
    fill_elements(p->output, p->count, p->value, p->element_size);
}

/// Pixels of one row, from column `first` up to `last`.
static void fill_pixels(const octet_halo_args *p, int64_t image, int64_t row, int64_t first, int64_t last) {
    if (first >= last) return;
    const int64_t at = image * p->strides.image + row * p->strides.row + first * p->strides.pixel;
    uint8_t *pixel = (uint8_t *)p->interior + at * p->element_size;
    if (p->strides.pixel == p->channels) {
        fill_elements(pixel, (last - first) * p->channels, p->value, p->element_size);
        return;
    }
    for (int64_t c = first; c < last; c++, pixel += p->strides.pixel * p->element_size)
        fill_elements(pixel, p->channels, p->value, p->element_size);
}

void octet_fill_halo(const void *args, size_t task) {
    const octet_halo_args *p = args;
    const int64_t image = (int64_t)task;
    for (int64_t row = -p->top; row < p->rows + p->bottom; row++) {
        if (row < 0 || row >= p->rows) {
            fill_pixels(p, image, row, -p->left, p->columns + p->right);
        } else {
            fill_pixels(p, image, row, -p->left, 0);
            fill_pixels(p, image, row, p->columns, p->columns + p->right);
        }
    }
}
