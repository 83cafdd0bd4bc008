#include "octet_memory.h"
#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

void octet_return_freed_memory(void) { malloc_trim(0); }

#else

void octet_return_freed_memory(void) {}

#endif
