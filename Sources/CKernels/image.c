#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "octet_image.h"
#include <dlfcn.h>
#include <stddef.h>

const char *octet_image_path(void) {
    Dl_info image;
    return dladdr((const void *)&octet_image_path, &image) ? image.dli_fname : NULL;
}

uintptr_t octet_image_offset(void) {
    Dl_info image;
    const uintptr_t own = (uintptr_t)&octet_image_offset;
    return dladdr((const void *)own, &image) ? own - (uintptr_t)image.dli_fbase : 0;
}
