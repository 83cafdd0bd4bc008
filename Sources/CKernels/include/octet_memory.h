#pragma once

/// Gives memory that was freed back to the system, where the C library keeps it; costs about a tenth of a millisecond.
void octet_return_freed_memory(void);
