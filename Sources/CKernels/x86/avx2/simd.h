// The sixteen-lane vocabulary of the templates (see templates/README.md) on AVX2 with FMA: pairs of 256-bit registers.
// With AVX-VNNI (`HAS_VNNI`) only the dot product differs.
typedef struct vf { __m256 l, h; } vf;
typedef struct vi { __m256i l, h; } vi;
typedef struct vb { __m256i l, h; } vb;
typedef struct vm { __m256 l, h; } vm;

#define INLINE static inline __attribute__((always_inline))

INLINE __m256i lane_mask(int64_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#define BOTH_F(name, intrinsic) \
    INLINE vf name(vf a, vf b) { return (vf){intrinsic(a.l, b.l), intrinsic(a.h, b.h)}; }
#define BOTH_I(name, intrinsic) \
    INLINE vi name(vi a, vi b) { return (vi){intrinsic(a.l, b.l), intrinsic(a.h, b.h)}; }
#define COMPARE(name, predicate) \
    INLINE vm name(vf a, vf b) { return (vm){_mm256_cmp_ps(a.l, b.l, predicate), _mm256_cmp_ps(a.h, b.h, predicate)}; }

INLINE vf vf_set1(float x) { return (vf){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
INLINE vf vf_load(const float *p) { return (vf){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
INLINE vf vf_load_n(const float *p, int64_t n) {
    return (vf){_mm256_maskload_ps(p, lane_mask(n)), _mm256_maskload_ps(p + 8, lane_mask(n - 8))};
}
INLINE void vf_store(float *p, vf x) {
    _mm256_storeu_ps(p, x.l);
    _mm256_storeu_ps(p + 8, x.h);
}
INLINE void vf_store_n(float *p, vf x, int64_t n) {
    _mm256_maskstore_ps(p, lane_mask(n), x.l);
    _mm256_maskstore_ps(p + 8, lane_mask(n - 8), x.h);
}
BOTH_F(vf_add, _mm256_add_ps)
BOTH_F(vf_sub, _mm256_sub_ps)
BOTH_F(vf_mul, _mm256_mul_ps)
BOTH_F(vf_div, _mm256_div_ps)
BOTH_F(vf_min, _mm256_min_ps)
BOTH_F(vf_max, _mm256_max_ps)
INLINE vf vf_fma(vf a, vf b, vf c) {
    return (vf){_mm256_fmadd_ps(a.l, b.l, c.l), _mm256_fmadd_ps(a.h, b.h, c.h)};
}
INLINE vf vf_sqrt(vf a) { return (vf){_mm256_sqrt_ps(a.l), _mm256_sqrt_ps(a.h)}; }
#define ROUND(name, mode) \
    INLINE vf name(vf a) { \
        return (vf){_mm256_round_ps(a.l, mode | _MM_FROUND_NO_EXC), _mm256_round_ps(a.h, mode | _MM_FROUND_NO_EXC)}; \
    }
ROUND(vf_rint, _MM_FROUND_TO_NEAREST_INT)
ROUND(vf_floor, _MM_FROUND_TO_NEG_INF)
ROUND(vf_ceil, _MM_FROUND_TO_POS_INF)
COMPARE(vf_lt, _CMP_LT_OQ)
COMPARE(vf_le, _CMP_LE_OQ)
COMPARE(vf_eq, _CMP_EQ_OQ)
INLINE vm vf_isnan(vf a) {
    return (vm){_mm256_cmp_ps(a.l, a.l, _CMP_UNORD_Q), _mm256_cmp_ps(a.h, a.h, _CMP_UNORD_Q)};
}
INLINE vf vf_select(vm m, vf a, vf b) {
    return (vf){_mm256_blendv_ps(b.l, a.l, m.l), _mm256_blendv_ps(b.h, a.h, m.h)};
}
INLINE uint32_t vm_bits(vm m) {
    return (uint32_t)_mm256_movemask_ps(m.l) | (uint32_t)_mm256_movemask_ps(m.h) << 8;
}

INLINE vi vi_set1(int32_t x) { return (vi){_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
INLINE vi vi_load(const void *p) {
    const __m256i *q = (const __m256i *)p;
    return (vi){_mm256_loadu_si256(q), _mm256_loadu_si256(q + 1)};
}
INLINE vi vi_load_n(const int32_t *p, int64_t n) {
    return (vi){_mm256_maskload_epi32(p, lane_mask(n)), _mm256_maskload_epi32(p + 8, lane_mask(n - 8))};
}
INLINE void vi_store(void *p, vi x) {
    _mm256_storeu_si256((__m256i *)p, x.l);
    _mm256_storeu_si256((__m256i *)p + 1, x.h);
}
INLINE void vi_store_n(int32_t *p, vi x, int64_t n) {
    _mm256_maskstore_epi32(p, lane_mask(n), x.l);
    _mm256_maskstore_epi32(p + 8, lane_mask(n - 8), x.h);
}
BOTH_I(vi_add, _mm256_add_epi32)
BOTH_I(vi_sub, _mm256_sub_epi32)
BOTH_I(vi_and, _mm256_and_si256)
BOTH_I(vi_or, _mm256_or_si256)
BOTH_I(vi_xor, _mm256_xor_si256)
BOTH_I(vi_min, _mm256_min_epi32)
BOTH_I(vi_max, _mm256_max_epi32)
#define vi_shl(a, n) ((vi){_mm256_slli_epi32((a).l, n), _mm256_slli_epi32((a).h, n)})
#define vi_sar(a, n) ((vi){_mm256_srai_epi32((a).l, n), _mm256_srai_epi32((a).h, n)})
#define vi_shr(a, n) ((vi){_mm256_srli_epi32((a).l, n), _mm256_srli_epi32((a).h, n)})
INLINE vf vf_from_vi(vi a) { return (vf){_mm256_cvtepi32_ps(a.l), _mm256_cvtepi32_ps(a.h)}; }
INLINE vi vi_from_vf(vf a) { return (vi){_mm256_cvtps_epi32(a.l), _mm256_cvtps_epi32(a.h)}; }
INLINE vf vi_as_vf(vi a) { return (vf){_mm256_castsi256_ps(a.l), _mm256_castsi256_ps(a.h)}; }
INLINE vi vf_as_vi(vf a) { return (vi){_mm256_castps_si256(a.l), _mm256_castps_si256(a.h)}; }

INLINE vi vi_load_u8(const uint8_t *p) {
    return (vi){_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)),
                _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8)))};
}
INLINE vi vi_load_u8_n(const uint8_t *p, int64_t n) {
    uint8_t bytes[16] = {0};
    memcpy(bytes, p, (size_t)n);
    return vi_load_u8(bytes);
}
INLINE void vi_store_u8(uint8_t *p, vi x) {
    __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(x.l, x.h), 0xd8);
    __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)p, bytes);
}
INLINE void vi_store_u8_n(uint8_t *p, vi x, int64_t n) {
    if (n >= 16) {
        vi_store_u8(p, x);
    } else {
        uint8_t bytes[16];
        vi_store_u8(bytes, x);
        memcpy(p, bytes, (size_t)n);
    }
}
INLINE vi vi_broadcast4(const uint8_t *p) {
    int32_t x;
    memcpy(&x, p, 4);
    __m256i b = _mm256_set1_epi32(x);
    return (vi){b, b};
}
#if HAS_VNNI
INLINE __m256i dot8(__m256i acc, __m256i x, __m256i w) { return _mm256_dpbusd_avx_epi32(acc, x, w); }
#else
// Products of the even and of the odd bytes, widened to 16 bits: a pair's sum stays far inside 32 bits, so unlike
// vpmaddubsw nothing saturates.
INLINE __m256i dot8(__m256i acc, __m256i x, __m256i w) {
    __m256i even = _mm256_madd_epi16(_mm256_and_si256(x, _mm256_set1_epi16(0xff)),
                                     _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8));
    __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(x, 8), _mm256_srai_epi16(w, 8));
    return _mm256_add_epi32(acc, _mm256_add_epi32(even, odd));
}
#endif
INLINE vi vi_dot(vi acc, vi x, vi w) { return (vi){dot8(acc.l, x.l, w.l), dot8(acc.h, x.h, w.h)}; }
INLINE int32_t vi_sum(vi a) {
    const __m256i eight = _mm256_add_epi32(a.l, a.h);
    const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}
// Eight rows of eight lanes; row i goes to to[i * step].
INLINE void transpose8(const __m256i *from, int step, __m256i *to) {
    __m256i a[8], b[8];
    UNROLL for (int i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_epi32(from[i * step], from[(i + 1) * step]);
        a[i + 1] = _mm256_unpackhi_epi32(from[i * step], from[(i + 1) * step]);
    }
    UNROLL for (int i = 0; i < 8; i += 4) {
        b[i] = _mm256_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm256_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm256_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm256_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
    UNROLL for (int i = 0; i < 4; i++) {
        to[i * step] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x20);
        to[(i + 4) * step] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x31);
    }
}
INLINE void vi_transpose(vi *x) {
    vi y[16];
    transpose8(&x[0].l, 2, &y[0].l);
    transpose8(&x[8].l, 2, &y[0].h);
    transpose8(&x[0].h, 2, &y[8].l);
    transpose8(&x[8].h, 2, &y[8].h);
    UNROLL for (int i = 0; i < 16; i++) x[i] = y[i];
}

INLINE vb vb_set1(uint8_t x) { return (vb){_mm256_set1_epi8((char)x), _mm256_set1_epi8((char)x)}; }
INLINE vb vb_load(const uint8_t *p) {
    return (vb){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 32))};
}
INLINE vb vb_load_n(const uint8_t *p, int64_t n) {
    uint8_t bytes[64] = {0};
    memcpy(bytes, p, (size_t)n);
    return vb_load(bytes);
}
INLINE void vb_store(uint8_t *p, vb x) {
    _mm256_storeu_si256((__m256i *)p, x.l);
    _mm256_storeu_si256((__m256i *)(p + 32), x.h);
}
INLINE void vb_store_n(uint8_t *p, vb x, int64_t n) {
    if (n >= 64) {
        vb_store(p, x);
    } else {
        uint8_t bytes[64];
        vb_store(bytes, x);
        memcpy(p, bytes, (size_t)n);
    }
}
INLINE vb vb_min(vb a, vb b) { return (vb){_mm256_min_epu8(a.l, b.l), _mm256_min_epu8(a.h, b.h)}; }
INLINE vb vb_max(vb a, vb b) { return (vb){_mm256_max_epu8(a.l, b.l), _mm256_max_epu8(a.h, b.h)}; }

// The dot product without VNNI needs registers of its own.
#define TILE_ROWS_U8 (HAS_VNNI ? 6 : 4)

#define DEPTHWISE_VECTORS 1
INLINE void interleave_taps(const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3, vi *x) {
    __m128i a = _mm_loadu_si128((const __m128i *)p0), b = _mm_loadu_si128((const __m128i *)p1);
    __m128i c = _mm_loadu_si128((const __m128i *)p2), d = _mm_loadu_si128((const __m128i *)p3);
    __m128i ab_low = _mm_unpacklo_epi8(a, b), ab_high = _mm_unpackhi_epi8(a, b);
    __m128i cd_low = _mm_unpacklo_epi8(c, d), cd_high = _mm_unpackhi_epi8(c, d);
    x[0].l = _mm256_set_m128i(_mm_unpackhi_epi16(ab_low, cd_low), _mm_unpacklo_epi16(ab_low, cd_low));
    x[0].h = _mm256_set_m128i(_mm_unpackhi_epi16(ab_high, cd_high), _mm_unpacklo_epi16(ab_high, cd_high));
}

typedef struct row_clamp {
    __m256i zero_point;
    __m256i minimum;
    __m256i maximum;
    // What saturation to bytes does not do already.
    bool shifts;
    bool clamps;
} row_clamp;

INLINE row_clamp row_clamp_make(int32_t zero_point, int32_t minimum, int32_t maximum) {
    return (row_clamp){
        .zero_point = _mm256_set1_epi16((int16_t)zero_point),
        .minimum = _mm256_set1_epi8((char)minimum),
        .maximum = _mm256_set1_epi8((char)maximum),
        .shifts = zero_point != 0,
        .clamps = minimum > 0 || maximum < 255,
    };
}

INLINE void store_sixteen(uint8_t *p, __m128i x, int64_t n) {
    if (n >= 16) {
        _mm_storeu_si128((__m128i *)p, x);
    } else if (n > 0) {
        uint8_t bytes[16];
        _mm_storeu_si128((__m128i *)bytes, x);
        memcpy(p, bytes, (size_t)n);
    }
}

// Stores `rows` rows of nb * 16 requantized integers as bytes, the first `n` of each row; the rows lie `stride` bytes
// apart.
INLINE void store_rows_u8(uint8_t *p, int64_t stride, const vi *q, row_clamp c, int nb, int rows, int64_t n) {
    UNROLL for (int i = 0; i < rows * nb; i += 2) {
        const int next = i + 1 < rows * nb ? i + 1 : i;
        __m256i a = _mm256_packs_epi32(q[i].l, q[i].h), b = _mm256_packs_epi32(q[next].l, q[next].h);
        if (c.shifts) {
            a = _mm256_adds_epi16(a, c.zero_point);
            b = _mm256_adds_epi16(b, c.zero_point);
        }
        __m256i bytes = _mm256_packus_epi16(a, b);
        if (c.clamps) bytes = _mm256_min_epu8(_mm256_max_epu8(bytes, c.minimum), c.maximum);
        bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        store_sixteen(p + i / nb * stride + 16 * (i % nb), _mm256_castsi256_si128(bytes), n - 16 * (i % nb));
        if (next != i)
            store_sixteen(p + next / nb * stride + 16 * (next % nb), _mm256_extracti128_si256(bytes, 1),
                          n - 16 * (next % nb));
    }
}

#include "../../templates/plain_rows.inc"
#include "../../templates/plain_bfloat16.inc"

INLINE void vi_opaque(vi *x) { __asm__ volatile("" : "+x"(x->l), "+x"(x->h)); }
INLINE void vf_opaque(vf *x) { __asm__ volatile("" : "+x"(x->l), "+x"(x->h)); }
