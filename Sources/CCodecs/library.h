#ifndef OCTET_LIBRARY_H
#define OCTET_LIBRARY_H

#include "octet_codecs.h"

/* Opens the first of these libraries that exists; NULL and a message when there is none. */
void *octet_library_open(const char *const *names, size_t count, char *message);

/* Looks up a function; NULL and a message when the library lacks it. Does nothing when `library` is NULL. */
void *octet_library_symbol(void *library, const char *name, char *message);

void octet_message(char *message, const char *text);

#endif
