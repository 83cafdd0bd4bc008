#include "library.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* The part of libpng's interface that is used. Its types are opaque; errors are reported through a function that must
 * not return, which is why this is C. */
typedef void *png;
typedef void *png_info;

enum { COLOUR_GREY = 0 };

static struct {
    const char *(*version)(png);
    png (*create)(const char *, void *, void (*)(png, const char *), void (*)(png, const char *));
    png_info (*create_info)(png);
    void (*destroy)(png *, png_info *, png_info *);
    void (*set_read)(png, void *, void (*)(png, uint8_t *, size_t));
    void *(*source)(png);
    void *(*error_context)(png);
    void (*fail)(png, const char *);
    void (*read_info)(png, png_info);
    uint32_t (*width)(png, png_info);
    uint32_t (*height)(png, png_info);
    uint8_t (*depth)(png, png_info);
    uint8_t (*colour)(png, png_info);
    void (*expand_grey)(png);
    void (*expand_palette)(png);
    void (*strip_16)(png);
    void (*strip_alpha)(png);
    void (*grey_to_rgb)(png);
    int (*interlace)(png);
    void (*update)(png, png_info);
    size_t (*row_bytes)(png, png_info);
    void (*read_image)(png, uint8_t **);
    int ready;
    char message[OCTET_CODEC_MESSAGE];
} lib;

static void load(void) {
    static const char *const names[] = {"libpng16.so.16", "libpng16.16.dylib"};
    const struct {
        void *place;
        const char *name;
    } wanted[] = {
        {&lib.version, "png_get_libpng_ver"},
        {&lib.create, "png_create_read_struct"},
        {&lib.create_info, "png_create_info_struct"},
        {&lib.destroy, "png_destroy_read_struct"},
        {&lib.set_read, "png_set_read_fn"},
        {&lib.source, "png_get_io_ptr"},
        {&lib.error_context, "png_get_error_ptr"},
        {&lib.fail, "png_error"},
        {&lib.read_info, "png_read_info"},
        {&lib.width, "png_get_image_width"},
        {&lib.height, "png_get_image_height"},
        {&lib.depth, "png_get_bit_depth"},
        {&lib.colour, "png_get_color_type"},
        {&lib.expand_grey, "png_set_expand_gray_1_2_4_to_8"},
        {&lib.expand_palette, "png_set_palette_to_rgb"},
        {&lib.strip_16, "png_set_strip_16"},
        {&lib.strip_alpha, "png_set_strip_alpha"},
        {&lib.grey_to_rgb, "png_set_gray_to_rgb"},
        {&lib.interlace, "png_set_interlace_handling"},
        {&lib.update, "png_read_update_info"},
        {&lib.row_bytes, "png_get_rowbytes"},
        {&lib.read_image, "png_read_image"},
    };
    void *library = octet_library_open(names, sizeof names / sizeof *names, lib.message);
    lib.ready = library != NULL;
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted && lib.ready; index++) {
        void *symbol = octet_library_symbol(library, wanted[index].name, lib.message);
        memcpy(wanted[index].place, &symbol, sizeof symbol);
        lib.ready = symbol != NULL;
    }
}

/* Everything that must survive the jump out of libpng. */
typedef struct {
    jmp_buf escape;
    png reader;
    png_info info;
    const uint8_t *bytes;
    size_t count;
    uint8_t **rows;
    uint8_t *wide;
    octet_picture *picture;
} decoding;

static void on_error(png reader, const char *text) {
    decoding *state = lib.error_context(reader);
    octet_message(state->picture->message, text);
    longjmp(state->escape, 1);
}

static void on_warning(png reader, const char *text) {
    (void)reader;
    (void)text;
}

static void on_read(png reader, uint8_t *target, size_t count) {
    decoding *state = lib.source(reader);
    if (count > state->count) lib.fail(reader, "the file ends too early");
    memcpy(target, state->bytes, count);
    state->bytes += count;
    state->count -= count;
}

/* Runs under setjmp: libpng may leave it at any call. */
static int decode_rows(decoding *state, size_t most_pixels) {
    png reader = state->reader;
    lib.set_read(reader, state, on_read);
    lib.read_info(reader, state->info);
    size_t width = lib.width(reader, state->info), height = lib.height(reader, state->info);
    if (width > most_pixels / height) {
        octet_message(state->picture->message, "too many pixels");
        return OCTET_CODEC_TOO_LARGE;
    }
    int wide_grey = lib.depth(reader, state->info) == 16 && lib.colour(reader, state->info) == COLOUR_GREY;
    lib.expand_palette(reader);
    lib.strip_alpha(reader);
    if (!wide_grey) {
        lib.expand_grey(reader);
        lib.strip_16(reader);
        lib.grey_to_rgb(reader);
    }
    lib.interlace(reader);
    lib.update(reader, state->info);
    size_t row = width * (wide_grey ? 2 : 3);
    if (lib.row_bytes(reader, state->info) != row) lib.fail(reader, "an unknown pixel format");
    state->picture->pixels = malloc(width * height * 3);
    state->wide = wide_grey ? malloc(row * height) : NULL;
    state->rows = malloc(height * sizeof *state->rows);
    uint8_t *target = wide_grey ? state->wide : state->picture->pixels;
    if (!state->picture->pixels || !target || !state->rows) {
        octet_message(state->picture->message, "no memory for the picture");
        return OCTET_CODEC_TOO_LARGE;
    }
    for (size_t line = 0; line < height; line++) state->rows[line] = target + line * row;
    lib.read_image(reader, state->rows);
    for (size_t index = 0; wide_grey && index < width * height; index++) {
        uint8_t grey = target[2 * index] ? 255 : target[2 * index + 1];
        memset(state->picture->pixels + 3 * index, grey, 3);
    }
    state->picture->width = (int)width;
    state->picture->height = (int)height;
    return OCTET_CODEC_OK;
}

int octet_png_decode(const uint8_t *bytes, size_t count, size_t most_pixels, octet_picture *picture) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    memset(picture, 0, sizeof *picture);
    pthread_once(&once, load);
    if (!lib.ready) {
        octet_message(picture->message, lib.message);
        return OCTET_CODEC_MISSING;
    }
    decoding *state = calloc(1, sizeof *state);
    if (!state) return OCTET_CODEC_TOO_LARGE;
    state->bytes = bytes;
    state->count = count;
    state->picture = picture;
    volatile int status = OCTET_CODEC_DAMAGED;
    if (setjmp(state->escape) == 0) {
        state->reader = lib.create(lib.version(NULL), state, on_error, on_warning);
        state->info = state->reader ? lib.create_info(state->reader) : NULL;
        if (state->info) status = decode_rows(state, most_pixels);
    }
    if (state->reader) lib.destroy(&state->reader, state->info ? &state->info : NULL, NULL);
    free(state->rows);
    free(state->wide);
    free(state);
    if (status != OCTET_CODEC_OK) {
        free(picture->pixels);
        picture->pixels = NULL;
    }
    return status;
}
