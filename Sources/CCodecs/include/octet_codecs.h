/* Pictures and compressed bytes, decoded by the system's own libraries (libjpeg-turbo, libpng, zlib), which are looked
 * for when they are first needed. Nothing of them is needed to build. Every function may be called from any thread. */
#ifndef OCTET_CODECS_H
#define OCTET_CODECS_H

#include <stddef.h>
#include <stdint.h>

enum {
    OCTET_CODEC_OK = 0,
    /* The library, or a function of it, is not on this machine; the message names it. */
    OCTET_CODEC_MISSING = 1,
    /* The bytes are damaged or of a kind that the library cannot read; the message says what it said. */
    OCTET_CODEC_DAMAGED = 2,
    /* More pixels than the caller allows, or no memory for them. */
    OCTET_CODEC_TOO_LARGE = 3
};

#define OCTET_CODEC_MESSAGE 256

/* A decoded picture. `pixels` holds height rows of width pixels of three bytes, red first; free it with free(). */
typedef struct {
    uint8_t *pixels;
    int width;
    int height;
    char message[OCTET_CODEC_MESSAGE];
} octet_picture;

/* Decodes a JPEG with the accurate integer transform and smooth chroma upsampling. CMYK is taken as Adobe writes it,
 * inverted. Returns a status; `picture` holds pixels only when it is OCTET_CODEC_OK, else a message. */
int octet_jpeg_decode(const uint8_t *bytes, size_t count, size_t most_pixels, octet_picture *picture);

/* Decodes a PNG to eight bits without gamma or colour management: alpha is dropped, of 16-bit colour the high byte is
 * kept, 16-bit grey is clipped to 255. */
int octet_png_decode(const uint8_t *bytes, size_t count, size_t most_pixels, octet_picture *picture);

/* Inflates a raw deflate stream that must yield exactly `output_count` bytes. */
int octet_inflate(const uint8_t *bytes, size_t count, uint8_t *output, size_t output_count,
                  char message[OCTET_CODEC_MESSAGE]);

/* Continues the CRC-32 of zip and PNG (polynomial 0xEDB88320) over more bytes; start with 0. */
uint32_t octet_crc32(uint32_t crc, const uint8_t *bytes, size_t count);

#endif
