#pragma once
#include <stdint.h>

/// The file that this code was loaded from, the program or a library, as the loader names it; NULL if that is not known.
const char *octet_image_path(void);

/// Where this code lies in that file's image, in bytes from its start; changes, as a rule, when the program is rebuilt.
uintptr_t octet_image_offset(void);
