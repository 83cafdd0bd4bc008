#include "library.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

/* zlib's z_stream, whose layout is part of its binary interface. */
typedef struct {
    const uint8_t *next_in;
    unsigned int avail_in;
    unsigned long total_in;
    uint8_t *next_out;
    unsigned int avail_out;
    unsigned long total_out;
    const char *msg;
    void *state;
    void *(*zalloc)(void *, unsigned int, unsigned int);
    void (*zfree)(void *, void *);
    void *opaque;
    int data_type;
    unsigned long adler;
    unsigned long reserved;
} stream;

enum { RAW_DEFLATE = -15, NO_FLUSH = 0, STREAM_OK = 0, STREAM_END = 1 };

static struct {
    const char *(*version)(void);
    int (*start)(stream *, int, const char *, int);
    int (*run)(stream *, int);
    int (*end)(stream *);
    int ready;
    char message[OCTET_CODEC_MESSAGE];
} zlib;

static void load(void) {
    static const char *const names[] = {"libz.so.1", "libz.1.dylib", "/usr/lib/libz.1.dylib"};
    void *library = octet_library_open(names, sizeof names / sizeof *names, zlib.message);
    *(void **)&zlib.version = octet_library_symbol(library, "zlibVersion", zlib.message);
    *(void **)&zlib.start = octet_library_symbol(library, "inflateInit2_", zlib.message);
    *(void **)&zlib.run = octet_library_symbol(library, "inflate", zlib.message);
    *(void **)&zlib.end = octet_library_symbol(library, "inflateEnd", zlib.message);
    zlib.ready = zlib.version && zlib.start && zlib.run && zlib.end;
}

/* The next piece of at most UINT_MAX bytes, which is what a stream can be given at once. */
static unsigned int piece(size_t count) { return count > UINT_MAX ? UINT_MAX : (unsigned int)count; }

int octet_inflate(const uint8_t *bytes, size_t count, uint8_t *output, size_t output_count, char *message) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!zlib.ready) {
        octet_message(message, zlib.message);
        return OCTET_CODEC_MISSING;
    }
    stream state;
    memset(&state, 0, sizeof state);
    if (zlib.start(&state, RAW_DEFLATE, zlib.version(), (int)sizeof state) != STREAM_OK) {
        octet_message(message, "zlib refused to start");
        return OCTET_CODEC_DAMAGED;
    }
    uint8_t spare;
    size_t read = 0, written = 0;
    int status = STREAM_OK;
    while (status == STREAM_OK) {
        unsigned int given = piece(count - read), wanted = piece(output_count - written);
        /* An empty or full target still needs room for zlib to see the end of the stream. */
        state.next_in = bytes + read;
        state.avail_in = given;
        state.next_out = wanted ? output + written : &spare;
        state.avail_out = wanted ? wanted : 1;
        status = zlib.run(&state, NO_FLUSH);
        size_t taken = given - state.avail_in;
        size_t produced = (wanted ? wanted : 1) - state.avail_out;
        read += taken;
        written += produced;
        if (written > output_count) break;
        if (taken == 0 && produced == 0) break;
    }
    octet_message(message, status == STREAM_END ? "the data has another length than announced"
                           : state.msg          ? state.msg
                                                : "the compressed data is not complete");
    zlib.end(&state);
    return status == STREAM_END && written == output_count ? OCTET_CODEC_OK : OCTET_CODEC_DAMAGED;
}
