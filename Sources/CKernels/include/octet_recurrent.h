#pragma once
#include <stdint.h>

/// The cells of `recurrent_f32`, with ONNX's order of gates.
typedef enum octet_cell {
    /// i, o, f, c: c' = f c + i tanh(candidate), h' = o tanh(c').
    OCTET_CELL_LSTM = 0,
    /// z, r, n: n = tanh(x + R (r h)), h' = (1 - z) n + z h.
    OCTET_CELL_GRU = 1,
    /// The same with n = tanh(x + r (R h + candidate_bias)).
    OCTET_CELL_GRU_RESET_AFTER = 2,
} octet_cell;

/// Arguments of `recurrent_f32`: a recurrent layer behind the projection of its inputs, with sigmoid gates and tanh.
///
/// A task is one sequence of the batch in one direction: task = direction * batch + sequence of the batch. Each sum is
/// one chain of fused multiply-adds over ascending hidden units, beginning with the projection.
typedef struct octet_recurrent_args {
    /// W x and the biases: sequence x batch x directions x gates x hidden.
    const float *projected;
    /// R transposed: directions x hidden x gates x hidden.
    const float *recurrence;
    /// Directions x hidden; of OCTET_CELL_GRU_RESET_AFTER only.
    const float *candidate_bias;
    /// Directions x batch x hidden, or NULL for zeros.
    const float *first_h;
    const float *first_c;
    /// (gates + 3) x hidden for each task.
    float *scratch;
    /// Sequence x directions x batch x hidden, or NULL.
    float *output;
    /// Directions x batch x hidden, or NULL.
    float *last_h;
    float *last_c;
    int64_t sequence;
    int64_t batch;
    int64_t directions;
    int64_t hidden;
    octet_cell cell;
    /// Whether the first direction begins at the end; the second always does.
    int32_t reverses_first;
} octet_recurrent_args;
