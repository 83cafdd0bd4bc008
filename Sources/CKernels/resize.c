#include "kernel_set.h"
#include <string.h>

/// One pixel after the other; `size` bytes each, a literal for small ones.
static inline __attribute__((always_inline)) void copy_pixels(const octet_resize_args *p, const uint8_t *x, uint8_t *y,
                                                              int64_t in, int64_t out, size_t size) {
    for (int64_t j = 0; j < p->columns; j++, y += out) memcpy(y, x + p->column_places[j] * in, size);
}

void octet_resize_nearest(const void *args, size_t task) {
    const octet_resize_args *p = args;
    const int64_t element = p->element_size, in = p->input_strides.pixel * element;
    const int64_t out = p->output_strides.pixel * element, size = p->channels * element;
    const int64_t first = (int64_t)task * p->rows_per_task, lines = p->images * p->rows;
    const int64_t last = first + p->rows_per_task < lines ? first + p->rows_per_task : lines;
    for (int64_t line = first; line < last; line++) {
        const int64_t image = line / p->rows, row = line % p->rows;
        uint8_t *y = (uint8_t *)p->output + (image * p->output_strides.image + row * p->output_strides.row) * element;
        if (line > first && row > 0 && p->row_places[row] == p->row_places[row - 1] && out == size) {
            memcpy(y, y - p->output_strides.row * element, (size_t)(p->columns * size));
            continue;
        }
        const uint8_t *x = (const uint8_t *)p->input +
                           (image * p->input_strides.image + p->row_places[row] * p->input_strides.row) * element;
        switch (size) {
            case 1: copy_pixels(p, x, y, in, out, 1); break;
            case 4: copy_pixels(p, x, y, in, out, 4); break;
            case 16: copy_pixels(p, x, y, in, out, 16); break;
            case 64: copy_pixels(p, x, y, in, out, 64); break;
            default: copy_pixels(p, x, y, in, out, (size_t)size); break;
        }
    }
}
