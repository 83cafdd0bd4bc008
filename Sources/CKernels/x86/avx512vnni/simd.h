// The sixteen-lane vocabulary of the templates (see templates/README.md) on AVX-512 with VNNI, and with AVX512-BF16 where
// `HAS_BF16` is set.
typedef __m512 vf;
typedef __m512i vi;
typedef __m512i vb;
typedef __mmask16 vm;

#define INLINE static inline __attribute__((always_inline))

INLINE __mmask16 first_lanes(int64_t n) { return (__mmask16)((1u << n) - 1u); }
INLINE __mmask64 first_bytes(int64_t n) { return n >= 64 ? ~0ull : (1ull << n) - 1ull; }

INLINE vf vf_set1(float x) { return _mm512_set1_ps(x); }
INLINE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE vf vf_load_n(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
INLINE void vf_store(float *p, vf x) { _mm512_storeu_ps(p, x); }
INLINE void vf_store_n(float *p, vf x, int64_t n) { _mm512_mask_storeu_ps(p, first_lanes(n), x); }
INLINE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
INLINE vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
INLINE vf vf_rint(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE vf vf_floor(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
INLINE vf vf_ceil(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
INLINE vm vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE vm vf_le(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
INLINE vm vf_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
INLINE vm vf_isnan(vf a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
INLINE vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }
INLINE uint32_t vm_bits(vm m) { return m; }

INLINE vi vi_set1(int32_t x) { return _mm512_set1_epi32(x); }
INLINE vi vi_load(const void *p) { return _mm512_loadu_si512(p); }
INLINE vi vi_load_n(const int32_t *p, int64_t n) { return _mm512_maskz_loadu_epi32(first_lanes(n), p); }
INLINE void vi_store(void *p, vi x) { _mm512_storeu_si512(p, x); }
INLINE void vi_store_n(int32_t *p, vi x, int64_t n) { _mm512_mask_storeu_epi32(p, first_lanes(n), x); }
INLINE vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
INLINE vi vi_sub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
INLINE vi vi_and(vi a, vi b) { return _mm512_and_si512(a, b); }
INLINE vi vi_or(vi a, vi b) { return _mm512_or_si512(a, b); }
INLINE vi vi_xor(vi a, vi b) { return _mm512_xor_si512(a, b); }
INLINE vi vi_min(vi a, vi b) { return _mm512_min_epi32(a, b); }
INLINE vi vi_max(vi a, vi b) { return _mm512_max_epi32(a, b); }
#define vi_shl(a, n) _mm512_slli_epi32(a, n)
#define vi_sar(a, n) _mm512_srai_epi32(a, n)
#define vi_shr(a, n) _mm512_srli_epi32(a, n)
INLINE vf vf_from_vi(vi a) { return _mm512_cvtepi32_ps(a); }
INLINE vi vi_from_vf(vf a) { return _mm512_cvtps_epi32(a); }
INLINE vf vi_as_vf(vi a) { return _mm512_castsi512_ps(a); }
INLINE vi vf_as_vi(vf a) { return _mm512_castps_si512(a); }

INLINE vi vi_load_u8(const uint8_t *p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
INLINE vi vi_load_u8_n(const uint8_t *p, int64_t n) {
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first_lanes(n), p));
}
INLINE void vi_store_u8(uint8_t *p, vi x) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(x)); }
INLINE void vi_store_u8_n(uint8_t *p, vi x, int64_t n) {
    _mm_mask_storeu_epi8(p, first_lanes(n), _mm512_cvtepi32_epi8(x));
}
INLINE vi vi_broadcast4(const uint8_t *p) {
    int32_t x;
    memcpy(&x, p, 4);
    return _mm512_set1_epi32(x);
}
INLINE vi vi_dot(vi acc, vi x, vi w) { return _mm512_dpbusd_epi32(acc, x, w); }
INLINE int32_t vi_sum(vi a) { return _mm512_reduce_add_epi32(a); }
INLINE void vi_transpose(vi *x) {
    vi y[16];
    UNROLL for (int i = 0; i < 16; i += 2) {
        y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
        y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
    }
    // Now row 4 a + b holds, in each lane l, column 4 l + b of rows 4 a ... 4 a + 3.
    UNROLL for (int i = 0; i < 16; i += 4) {
        x[i] = _mm512_unpacklo_epi64(y[i], y[i + 2]);
        x[i + 1] = _mm512_unpackhi_epi64(y[i], y[i + 2]);
        x[i + 2] = _mm512_unpacklo_epi64(y[i + 1], y[i + 3]);
        x[i + 3] = _mm512_unpackhi_epi64(y[i + 1], y[i + 3]);
    }
    UNROLL for (int b = 0; b < 4; b++) {
        const vi even_low = _mm512_shuffle_i32x4(x[b], x[b + 4], 0x88), odd_low = _mm512_shuffle_i32x4(x[b], x[b + 4], 0xdd);
        const vi even_high = _mm512_shuffle_i32x4(x[b + 8], x[b + 12], 0x88);
        const vi odd_high = _mm512_shuffle_i32x4(x[b + 8], x[b + 12], 0xdd);
        y[b] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        y[b + 8] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
        y[b + 4] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        y[b + 12] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
    }
    UNROLL for (int i = 0; i < 16; i++) x[i] = y[i];
}

INLINE vb vb_set1(uint8_t x) { return _mm512_set1_epi8((char)x); }
INLINE vb vb_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE vb vb_load_n(const uint8_t *p, int64_t n) { return _mm512_maskz_loadu_epi8(first_bytes(n), p); }
INLINE void vb_store(uint8_t *p, vb x) { _mm512_storeu_si512(p, x); }
INLINE void vb_store_n(uint8_t *p, vb x, int64_t n) { _mm512_mask_storeu_epi8(p, first_bytes(n), x); }
INLINE vb vb_min(vb a, vb b) { return _mm512_min_epu8(a, b); }
INLINE vb vb_max(vb a, vb b) { return _mm512_max_epu8(a, b); }

// Saturating packs work on 128-bit lanes: channel 4 * nb * lane + 4 * g + j comes from element
// 4 * lane + j of vector g.
#define PERMUTES_COLUMNS 1

typedef struct row_clamp {
    __m512i zero_point;
    __m512i minimum;
    __m512i maximum;
    // What saturation to bytes does not do already.
    bool shifts;
    bool clamps;
} row_clamp;

INLINE row_clamp row_clamp_make(int32_t zero_point, int32_t minimum, int32_t maximum) {
    return (row_clamp){
        .zero_point = _mm512_set1_epi16((int16_t)zero_point),
        .minimum = _mm512_set1_epi8((char)minimum),
        .maximum = _mm512_set1_epi8((char)maximum),
        .shifts = zero_point != 0,
        .clamps = minimum > 0 || maximum < 255,
    };
}

// Stores `rows` rows of nb * 16 requantized integers (in packed column order) as bytes, the first `n` of each row;
// rows * nb is at most four and the rows lie `stride` bytes apart.
INLINE void store_rows_u8(uint8_t *p, int64_t stride, const vi *q, row_clamp c, int nb, int rows, int64_t n) {
    __m512i low = _mm512_packs_epi32(q[0], q[1]), high = _mm512_packs_epi32(q[2], q[3]);
    if (c.shifts) {
        low = _mm512_adds_epi16(low, c.zero_point);
        high = _mm512_adds_epi16(high, c.zero_point);
    }
    __m512i bytes = _mm512_packus_epi16(low, high);
    if (c.clamps) bytes = _mm512_min_epu8(_mm512_max_epu8(bytes, c.minimum), c.maximum);
    if (nb == 4) {
        if (n == 64) {
            vb_store(p, bytes);
        } else {
            vb_store_n(p, bytes, n);
        }
    } else if (nb == 2) {
        bytes = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), bytes);
        const __m256i row[2] = {_mm512_castsi512_si256(bytes), _mm512_extracti64x4_epi64(bytes, 1)};
        if (n == 32) {
            UNROLL for (int r = 0; r < rows; r++) _mm256_storeu_si256((__m256i *)(p + r * stride), row[r]);
        } else {
            UNROLL for (int r = 0; r < rows; r++)
                _mm256_mask_storeu_epi8(p + r * stride, (__mmask32)first_bytes(n), row[r]);
        }
    } else {
        bytes = _mm512_permutexvar_epi32(
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes);
        const __m128i row[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                                _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
        if (n == 16) {
            UNROLL for (int r = 0; r < rows; r++) _mm_storeu_si128((__m128i *)(p + r * stride), row[r]);
        } else {
            UNROLL for (int r = 0; r < rows; r++) _mm_mask_storeu_epi8(p + r * stride, first_lanes(n), row[r]);
        }
    }
}

// Loads the first `n` of nb * 16 bytes as floats in packed column order, less `offset`.
INLINE void load_row_codes(const uint8_t *p, int32_t offset, vf *x, int nb, int64_t n) {
    __m512i bytes;
    int step;
    if (nb == 4) {
        bytes = n == 64 ? vb_load(p) : vb_load_n(p, n);
        step = 1;
    } else if (nb == 2) {
        bytes = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8((__mmask32)first_bytes(n), p));
        step = 2;
    } else {
        bytes = vi_load_u8_n(p, n);
        step = 4;
    }
    UNROLL for (int g = 0; g < nb; g++) {
        const int first = 4 * step * g, none = (int)0x80808000;
        const __m512i from = _mm512_broadcast_i32x4(_mm_setr_epi32(
            none + first, none + first + step, none + first + 2 * step, none + first + 3 * step));
        x[g] = _mm512_cvtepi32_ps(nb == 1 ? bytes : _mm512_shuffle_epi8(bytes, from));
    }
    if (offset) {
        UNROLL for (int g = 0; g < nb; g++) x[g] = _mm512_sub_ps(x[g], _mm512_set1_ps((float)offset));
    }
}

// The next 64 bytes as integers in packed column order.
INLINE void load_row_u8(const uint8_t *p, vi *q) {
    const __m512i zero = _mm512_setzero_si512(), bytes = vb_load(p);
    const __m512i low = _mm512_unpacklo_epi8(bytes, zero), high = _mm512_unpackhi_epi8(bytes, zero);
    q[0] = _mm512_unpacklo_epi16(low, zero);
    q[1] = _mm512_unpackhi_epi16(low, zero);
    q[2] = _mm512_unpacklo_epi16(high, zero);
    q[3] = _mm512_unpackhi_epi16(high, zero);
}

// Depthwise: blocks of 64 channels; the four taps of a channel are gathered into one dword, in packed column order.
#define DEPTHWISE_VECTORS 4
INLINE void interleave_taps(const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3, vi *x) {
    __m512i a = _mm512_loadu_si512(p0), b = _mm512_loadu_si512(p1);
    __m512i c = _mm512_loadu_si512(p2), d = _mm512_loadu_si512(p3);
    __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
    __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
    x[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
    x[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
    x[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
    x[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
}

#if HAS_BF16
INLINE vf vf_dot_bf16(vf acc, vi x, vi w) { return _mm512_dpbf16_ps(acc, (__m512bh)x, (__m512bh)w); }
INLINE void vf_store_bf16(uint16_t *p, vf x) { _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(x)); }
#else
#include "../../templates/plain_bfloat16.inc"
#endif

INLINE void vi_opaque(vi *x) { __asm__ volatile("" : "+v"(*x)); }
INLINE void vf_opaque(vf *x) { __asm__ volatile("" : "+v"(*x)); }

// Stores the first `n` pixels of `channels` bytes, each in the low bytes of a lane.
INLINE void store_pixels(uint8_t *p, vi x, int channels, int64_t n) {
    if (channels == 1) {
        vi_store_u8_n(p, x, n);
    } else if (channels == 4) {
        vi_store_n((int32_t *)p, x, n);
    } else {
        const __m128i two = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
        const __m128i three = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
        x = _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(channels == 2 ? two : three));
        const __m512i to = channels == 2 ? _mm512_setr_epi32(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15)
                                         : _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
        vb_store_n(p, _mm512_permutexvar_epi32(to, x), n * channels);
    }
}

// Table lookups, 64 at once, where the processor also has VBMI and bytes are dense: two permutes cover the lower and the
// upper half of the table.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi"), noinline)) static void
lookup_task_vbmi(const octet_lookup_args *p, size_t task) {
    const uint8_t *table = p->table;
    const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
    const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
    OCTET_FOR_EACH_BLOCK(c, &p->nest, task) {
        const uint8_t *x = (const uint8_t *)p->input.base + octet_cursor_offset(&c, p->input.strides);
        uint8_t *y = (uint8_t *)p->output.base + octet_cursor_offset(&c, p->output.strides);
        for (int64_t rows = octet_cursor_rows(&c); rows >= 0; rows--) {
            for (int64_t i = 0; i < c.length; i += 64) {
                const __mmask64 m = c.length - i >= 64 ? ~0ull : (1ull << (c.length - i)) - 1ull;
                const __m512i index = _mm512_maskz_loadu_epi8(m, x + i);
                const __m512i low = _mm512_permutex2var_epi8(t0, index, t1);
                const __m512i high = _mm512_permutex2var_epi8(t2, index, t3);
                _mm512_mask_storeu_epi8(y + i, m, _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high));
            }
            x += p->input.strides[OCTET_RANK - 2];
            y += p->output.strides[OCTET_RANK - 2];
        }
    }
}

// Whether the instruction set did the task by means of its own.
INLINE bool lookup_task(const octet_lookup_args *p, size_t task) {
    if (p->input.strides[OCTET_RANK - 1] != 1 || !__builtin_cpu_supports("avx512vbmi")) return false;
    lookup_task_vbmi(p, task);
    return true;
}
