#include "octet_codecs.h"

#include <pthread.h>

static uint32_t table[256];

static void fill(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0);
        table[byte] = value;
    }
}

uint32_t octet_crc32(uint32_t crc, const uint8_t *bytes, size_t count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill);
    crc = ~crc;
    for (size_t index = 0; index < count; index++) crc = (crc >> 8) ^ table[(crc ^ bytes[index]) & 0xFF];
    return ~crc;
}
