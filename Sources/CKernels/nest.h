#pragma once
#include "octet_elementwise.h"
#include <stdbool.h>

/// Walks the blocks of one task of a loop nest.
typedef struct octet_cursor {
    const octet_nest *nest;
    int64_t index[OCTET_RANK - 1];
    /// The block within the run.
    int64_t start;
    int64_t length;
    int64_t remaining;
} octet_cursor;

/// The cursor before the first block of `task`; `octet_cursor_next` moves onto it.
static inline octet_cursor octet_cursor_begin(const octet_nest *nest, size_t task) {
    octet_cursor c = {.nest = nest};
    const int64_t run = nest->dims[OCTET_RANK - 1];
    const int64_t per_run = nest->run_per_block > 0 ? (run + nest->run_per_block - 1) / nest->run_per_block : 0;
    int64_t total = per_run;
    for (int d = 0; d < OCTET_RANK - 1; d++) total *= nest->dims[d];
    int64_t block = (int64_t)task * nest->blocks_per_task;
    c.remaining = total - block < nest->blocks_per_task ? total - block : nest->blocks_per_task;
    if (c.remaining <= 0) return c;
    // One block before the first, so that the step forward lands on it.
    c.start = (block % per_run - 1) * nest->run_per_block;
    block /= per_run;
    for (int d = OCTET_RANK - 2; d >= 0; d--) {
        c.index[d] = block % nest->dims[d];
        block /= nest->dims[d];
    }
    return c;
}

static inline bool octet_cursor_next(octet_cursor *c) {
    if (c->remaining-- <= 0) return false;
    const octet_nest *nest = c->nest;
    const int64_t run = nest->dims[OCTET_RANK - 1];
    c->start += nest->run_per_block;
    if (c->start >= run) {
        c->start = 0;
        for (int d = OCTET_RANK - 2; d >= 0; d--) {
            if (++c->index[d] < nest->dims[d]) break;
            c->index[d] = 0;
        }
    }
    c->length = run - c->start < nest->run_per_block ? run - c->start : nest->run_per_block;
    return true;
}

/// How many further blocks of the task follow the current one along the last dimension but one, where blocks are whole
/// runs. The cursor is moved onto the last of them.
static inline int64_t octet_cursor_rows(octet_cursor *c) {
    const int64_t *dims = c->nest->dims;
    if (c->length != dims[OCTET_RANK - 1]) return 0;
    const int64_t below = dims[OCTET_RANK - 2] - 1 - c->index[OCTET_RANK - 2];
    const int64_t rows = below < c->remaining ? below : c->remaining;
    c->index[OCTET_RANK - 2] += rows;
    c->remaining -= rows;
    return rows;
}

/// The distance in elements of the block's first element from the base of an operand.
static inline int64_t octet_cursor_offset(const octet_cursor *c, const int64_t *strides) {
    int64_t offset = c->start * strides[OCTET_RANK - 1];
    for (int d = 0; d < OCTET_RANK - 1; d++) offset += c->index[d] * strides[d];
    return offset;
}

#define OCTET_FOR_EACH_BLOCK(cursor, nest, task) \
    for (octet_cursor cursor = octet_cursor_begin(nest, task); octet_cursor_next(&cursor);)
