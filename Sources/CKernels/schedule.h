#pragma once
#include <stdint.h>

/// The number of tasks for work of that many microseconds: one if it is not worth sharing, else about 8 for a thread,
/// none below 5 microseconds.
int64_t octet_tasks_wanted(double microseconds, int threads);

/// How many of `units` equal units a task has where about `tasks` are wanted: such that the threads have the same.
int64_t octet_units_per_task(int64_t units, int64_t tasks, int threads);
