#include "octet_kernels.h"

bool octet_is_optimized(void) {
#ifdef __OPTIMIZE__
    return true;
#else
    return false;
#endif
}
