#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

void *octet_library_open(const char *const *names, size_t count, char *message) {
    for (size_t index = 0; index < count; index++) {
        void *library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    snprintf(message, OCTET_CODEC_MESSAGE, "%s is not installed", names[0]);
    return NULL;
}

void *octet_library_symbol(void *library, const char *name, char *message) {
    if (!library) return NULL;
    void *symbol = dlsym(library, name);
    if (!symbol) snprintf(message, OCTET_CODEC_MESSAGE, "the library has no function %s", name);
    return symbol;
}

void octet_message(char *message, const char *text) {
    snprintf(message, OCTET_CODEC_MESSAGE, "%s", text ? text : "");
}
