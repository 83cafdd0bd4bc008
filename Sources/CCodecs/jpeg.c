#include "library.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The part of the TurboJPEG 2 interface that is used; version 3 still has it. */
enum { PIXELS_RGB = 0, PIXELS_CMYK = 11, SPACE_CMYK = 3, SPACE_YCCK = 4, ERROR_WARNING = 0 };
enum { FLAG_ACCURATE_TRANSFORM = 4096, FLAG_LIMIT_SCANS = 32768 };

typedef void *decoder;

static struct {
    decoder (*create)(void);
    int (*header)(decoder, const unsigned char *, unsigned long, int *, int *, int *, int *);
    int (*decode)(decoder, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int);
    char *(*error_text)(decoder);
    int (*error_code)(decoder);
    int (*destroy)(decoder);
    int ready;
    char message[OCTET_CODEC_MESSAGE];
} turbo;

static void load(void) {
    static const char *const names[] = {"libturbojpeg.so.0", "libturbojpeg.0.dylib"};
    void *library = octet_library_open(names, sizeof names / sizeof *names, turbo.message);
    *(void **)&turbo.create = octet_library_symbol(library, "tjInitDecompress", turbo.message);
    *(void **)&turbo.header = octet_library_symbol(library, "tjDecompressHeader3", turbo.message);
    *(void **)&turbo.decode = octet_library_symbol(library, "tjDecompress2", turbo.message);
    *(void **)&turbo.error_text = octet_library_symbol(library, "tjGetErrorStr2", turbo.message);
    *(void **)&turbo.error_code = octet_library_symbol(library, "tjGetErrorCode", turbo.message);
    *(void **)&turbo.destroy = octet_library_symbol(library, "tjDestroy", turbo.message);
    turbo.ready = turbo.create && turbo.header && turbo.decode && turbo.error_text && turbo.error_code && turbo.destroy;
}

/* value / 255 rounded, for products of two bytes. */
static inline int divided_by_255(int value) {
    value += 128;
    return (value + (value >> 8)) >> 8;
}

/* Inverted CMYK to RGB in place: four bytes a pixel become three. */
static void convert_cmyk(uint8_t *pixels, size_t count) {
    const uint8_t *from = pixels;
    for (size_t index = 0; index < count; index++, from += 4) {
        int white = from[3];
        for (int channel = 0; channel < 3; channel++) {
            int rest = white - divided_by_255((255 - from[channel]) * white);
            pixels[3 * index + channel] = (uint8_t)(rest < 0 ? 0 : rest);
        }
    }
}

static int decode_with(decoder jpeg, const uint8_t *bytes, size_t count, size_t most_pixels, octet_picture *picture) {
    int width = 0, height = 0, subsampling = -1, space = -1;
    /* The header is refused for unusual chroma subsampling that the decoder itself can read. */
    if (turbo.header(jpeg, bytes, count, &width, &height, &subsampling, &space) != 0 && (width < 1 || space < 0)) {
        octet_message(picture->message, turbo.error_text(jpeg));
        return OCTET_CODEC_DAMAGED;
    }
    if (width < 1 || height < 1) {
        octet_message(picture->message, "no picture inside");
        return OCTET_CODEC_DAMAGED;
    }
    int inks = space == SPACE_CMYK || space == SPACE_YCCK;
    size_t pixels = (size_t)width * (size_t)height;
    picture->pixels = pixels <= most_pixels ? malloc(pixels * (inks ? 4 : 3)) : NULL;
    if (!picture->pixels) {
        octet_message(picture->message, "too many pixels");
        return OCTET_CODEC_TOO_LARGE;
    }
    if (turbo.decode(jpeg, bytes, count, picture->pixels, width, 0, height, inks ? PIXELS_CMYK : PIXELS_RGB,
                     FLAG_ACCURATE_TRANSFORM | FLAG_LIMIT_SCANS) != 0) {
        const char *text = turbo.error_text(jpeg);
        int truncated = text && strstr(text, "Premature end of JPEG file");
        if (turbo.error_code(jpeg) != ERROR_WARNING || truncated) {
            octet_message(picture->message, text);
            return OCTET_CODEC_DAMAGED;
        }
    }
    if (inks) convert_cmyk(picture->pixels, pixels);
    picture->width = width;
    picture->height = height;
    return OCTET_CODEC_OK;
}

int octet_jpeg_decode(const uint8_t *bytes, size_t count, size_t most_pixels, octet_picture *picture) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    memset(picture, 0, sizeof *picture);
    pthread_once(&once, load);
    if (!turbo.ready) {
        octet_message(picture->message, turbo.message);
        return OCTET_CODEC_MISSING;
    }
    decoder jpeg = turbo.create();
    if (!jpeg) {
        octet_message(picture->message, "no memory for a decoder");
        return OCTET_CODEC_TOO_LARGE;
    }
    int status = decode_with(jpeg, bytes, count, most_pixels, picture);
    turbo.destroy(jpeg);
    if (status != OCTET_CODEC_OK) {
        free(picture->pixels);
        picture->pixels = NULL;
    }
    return status;
}
