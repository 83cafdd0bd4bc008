// The sixteen-lane vocabulary of the templates (see templates/README.md) in plain C, the definition of every operation.
typedef struct vf { float v[16]; } vf;
typedef struct vi { int32_t v[16]; } vi;
typedef struct vb { uint8_t v[64]; } vb;
typedef struct vm { bool v[16]; } vm;

#define INLINE static inline __attribute__((always_inline))
#define LANES for (int i = 0; i < 16; i++)
#define F_OP(name, expression) \
    INLINE vf name(vf a, vf b) { vf r; LANES { float x = a.v[i], y = b.v[i]; r.v[i] = expression; } return r; }
#define F_MAP(name, expression) \
    INLINE vf name(vf a) { vf r; LANES { float x = a.v[i]; r.v[i] = expression; } return r; }
#define F_TEST(name, expression) \
    INLINE vm name(vf a, vf b) { vm r; LANES { float x = a.v[i], y = b.v[i]; r.v[i] = expression; } return r; }
#define I_OP(name, expression) \
    INLINE vi name(vi a, vi b) { vi r; LANES { int32_t x = a.v[i], y = b.v[i]; r.v[i] = expression; } return r; }
#define I_MAP(name, expression) \
    INLINE vi name(vi a, int n) { vi r; LANES { int32_t x = a.v[i]; r.v[i] = expression; } return r; }

INLINE vf vf_set1(float x) { vf r; LANES r.v[i] = x; return r; }
INLINE vf vf_load(const float *p) { vf r; memcpy(&r, p, sizeof r); return r; }
INLINE vf vf_load_n(const float *p, int64_t n) { vf r = vf_set1(0); memcpy(&r, p, (size_t)n * 4); return r; }
INLINE void vf_store(float *p, vf x) { memcpy(p, &x, sizeof x); }
INLINE void vf_store_n(float *p, vf x, int64_t n) { memcpy(p, &x, (size_t)n * 4); }
F_OP(vf_add, x + y)
F_OP(vf_sub, x - y)
F_OP(vf_mul, x * y)
F_OP(vf_div, x / y)
// If either is NaN, the second operand (the rule of the x86 instructions).
F_OP(vf_min, x < y ? x : y)
F_OP(vf_max, x > y ? x : y)
INLINE vf vf_fma(vf a, vf b, vf c) { vf r; LANES r.v[i] = fmaf(a.v[i], b.v[i], c.v[i]); return r; }
F_MAP(vf_sqrt, sqrtf(x))
F_MAP(vf_rint, rintf(x))
F_MAP(vf_floor, floorf(x))
F_MAP(vf_ceil, ceilf(x))
F_TEST(vf_lt, x < y)
F_TEST(vf_le, x <= y)
F_TEST(vf_eq, x == y)
INLINE vm vf_isnan(vf a) { vm r; LANES r.v[i] = a.v[i] != a.v[i]; return r; }
INLINE vf vf_select(vm m, vf a, vf b) { vf r; LANES r.v[i] = m.v[i] ? a.v[i] : b.v[i]; return r; }
INLINE uint32_t vm_bits(vm m) { uint32_t r = 0; LANES r |= (uint32_t)m.v[i] << i; return r; }

INLINE vi vi_set1(int32_t x) { vi r; LANES r.v[i] = x; return r; }
INLINE vi vi_load(const void *p) { vi r; memcpy(&r, p, sizeof r); return r; }
INLINE vi vi_load_n(const int32_t *p, int64_t n) { vi r = vi_set1(0); memcpy(&r, p, (size_t)n * 4); return r; }
INLINE void vi_store(void *p, vi x) { memcpy(p, &x, sizeof x); }
INLINE void vi_store_n(int32_t *p, vi x, int64_t n) { memcpy(p, &x, (size_t)n * 4); }
I_OP(vi_add, (int32_t)((uint32_t)x + (uint32_t)y))
I_OP(vi_sub, (int32_t)((uint32_t)x - (uint32_t)y))
I_OP(vi_and, x & y)
I_OP(vi_or, x | y)
I_OP(vi_xor, x ^ y)
I_OP(vi_min, x < y ? x : y)
I_OP(vi_max, x > y ? x : y)
I_MAP(vi_shl, (int32_t)((uint32_t)x << n))
I_MAP(vi_sar, x >> n)
I_MAP(vi_shr, (int32_t)((uint32_t)x >> n))
INLINE vf vf_from_vi(vi a) { vf r; LANES r.v[i] = (float)a.v[i]; return r; }
// To nearest, ties to even; INT32_MIN for what does not fit and for NaN.
INLINE vi vi_from_vf(vf a) {
    vi r;
    LANES {
        float x = rintf(a.v[i]);
        r.v[i] = x >= -2147483648.0f && x < 2147483648.0f ? (int32_t)x : INT32_MIN;
    }
    return r;
}
INLINE vf vi_as_vf(vi a) { vf r; memcpy(&r, &a, sizeof r); return r; }
INLINE vi vf_as_vi(vf a) { vi r; memcpy(&r, &a, sizeof r); return r; }

INLINE vi vi_load_u8(const uint8_t *p) { vi r; LANES r.v[i] = p[i]; return r; }
INLINE vi vi_load_u8_n(const uint8_t *p, int64_t n) {
    vi r = vi_set1(0);
    for (int64_t i = 0; i < n; i++) r.v[i] = p[i];
    return r;
}
// The values are within 0...255.
INLINE void vi_store_u8(uint8_t *p, vi x) { LANES p[i] = (uint8_t)x.v[i]; }
INLINE void vi_store_u8_n(uint8_t *p, vi x, int64_t n) { for (int64_t i = 0; i < n; i++) p[i] = (uint8_t)x.v[i]; }
INLINE vi vi_broadcast4(const uint8_t *p) { int32_t x; memcpy(&x, p, 4); return vi_set1(x); }
// In every lane: the sum of four products of unsigned bytes of x and signed bytes of w, added modulo 2^32.
INLINE vi vi_dot(vi acc, vi x, vi w) {
    uint8_t a[64];
    int8_t b[64];
    memcpy(a, &x, 64);
    memcpy(b, &w, 64);
    LANES {
        int32_t sum = 0;
        for (int j = 0; j < 4; j++) sum += a[4 * i + j] * b[4 * i + j];
        acc.v[i] = (int32_t)((uint32_t)acc.v[i] + (uint32_t)sum);
    }
    return acc;
}
// The sum of all lanes modulo 2^32.
INLINE int32_t vi_sum(vi a) { uint32_t r = 0; LANES r += (uint32_t)a.v[i]; return (int32_t)r; }
// Lane j of x[i] and lane i of x[j] change places.
INLINE void vi_transpose(vi *x) {
    vi y[16];
    for (int j = 0; j < 16; j++) LANES y[j].v[i] = x[i].v[j];
    memcpy(x, y, sizeof y);
}

#define BYTES for (int i = 0; i < 64; i++)
INLINE vb vb_set1(uint8_t x) { vb r; memset(&r, x, sizeof r); return r; }
INLINE vb vb_load(const uint8_t *p) { vb r; memcpy(&r, p, sizeof r); return r; }
INLINE vb vb_load_n(const uint8_t *p, int64_t n) { vb r = vb_set1(0); memcpy(&r, p, (size_t)n); return r; }
INLINE void vb_store(uint8_t *p, vb x) { memcpy(p, &x, sizeof x); }
INLINE void vb_store_n(uint8_t *p, vb x, int64_t n) { memcpy(p, &x, (size_t)n); }
INLINE vb vb_min(vb a, vb b) { vb r; BYTES r.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return r; }
INLINE vb vb_max(vb a, vb b) { vb r; BYTES r.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return r; }

#define TILE_ROWS_U8 4

#define DEPTHWISE_VECTORS 1
INLINE void interleave_taps(const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3, vi *x) {
    uint8_t bytes[64];
    LANES {
        bytes[4 * i] = p0[i];
        bytes[4 * i + 1] = p1[i];
        bytes[4 * i + 2] = p2[i];
        bytes[4 * i + 3] = p3[i];
    }
    memcpy(x, bytes, 64);
}

typedef struct row_clamp {
    vi zero_point;
    vi minimum;
    vi maximum;
} row_clamp;

INLINE row_clamp row_clamp_make(int32_t zero_point, int32_t minimum, int32_t maximum) {
    return (row_clamp){vi_set1(zero_point), vi_set1(minimum), vi_set1(maximum)};
}

// Stores `rows` rows of nb * 16 requantized integers as bytes, the first `n` of each row; the rows lie `stride` bytes
// apart.
INLINE void store_rows_u8(uint8_t *p, int64_t stride, const vi *q, row_clamp c, int nb, int rows, int64_t n) {
    for (int r = 0; r < rows; r++) {
        for (int g = 0; g < nb && 16 * g < n; g++) {
            vi x = vi_min(vi_max(vi_add(q[r * nb + g], c.zero_point), c.minimum), c.maximum);
            int64_t rest = n - 16 * g;
            vi_store_u8_n(p + r * stride + 16 * g, x, rest < 16 ? rest : 16);
        }
    }
}

#include "../templates/plain_rows.inc"
#include "../templates/plain_bfloat16.inc"

INLINE void vi_opaque(vi *x) { __asm__ volatile("" : "+m"(*x)); }
INLINE void vf_opaque(vf *x) { __asm__ volatile("" : "+m"(*x)); }
