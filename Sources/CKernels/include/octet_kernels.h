#pragma once
/// The kernels of Octet: plain C with pointers and scalars only, one implementation per instruction set, all of them
/// giving the same bits.
///
/// A plan is a list of `octet_step`s. A step names a kernel, an argument block that was filled once, and a number of
/// tasks that may run in any order and at the same time. Kernels allocate nothing and keep no state.
///
/// Rules for every activation buffer: `OCTET_SLACK` bytes after its last element must be readable (their content does
/// not matter); nothing outside the described elements is ever written.
#include "octet_convolution.h"
#include "octet_elementwise.h"
#include "octet_fused.h"
#include "octet_image.h"
#include "octet_isa.h"
#include "octet_measure.h"
#include "octet_memory.h"
#include "octet_movement.h"
#include "octet_observe.h"
#include "octet_plan.h"
#include "octet_pooling.h"
#include "octet_reduction.h"
#include "octet_resize.h"
#include "octet_table.h"
