#pragma STDC FP_CONTRACT OFF
#include "../kernel_set.h"
#include <math.h>
#include <string.h>

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, 8);
    return x;
}

/// The binary logarithm of a positive finite double that came from a float: exponent plus the series of the inverse
/// hyperbolic tangent, 2 (s + s^3/3 + s^5/5 ...) with s = (m - 1) / (m + 1), |s| < 0.172.
static double binary_logarithm(double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    const int64_t exponent = ((int64_t)bits - 0x3fe6a09e667f3bcdll) >> 52;
    const double m = from_bits(bits - ((uint64_t)exponent << 52));
    const double s = (m - 1) / (m + 1), square = s * s;
    double series = 0;
    for (int i = 21; i >= 1; i -= 2) series = series * square + 1.0 / i;
    return (double)exponent + 2 * s * series * 1.4426950408889634074;
}

static double binary_exponential(double x) {
    if (x >= 256) return INFINITY;
    if (x <= -256) return 0;
    const double n = rint(x), r = (x - n) * 0.69314718055994530942;
    double series = 1;
    for (int i = 14; i >= 1; i--) series = 1 + series * r / i;
    return series * from_bits((uint64_t)((int64_t)n + 1023) << 52);
}

float octet_power(float x, float y) {
    if (y == 0 || x == 1) return 1;
    if (x != x || y != y) return x + y;
    const bool whole = fabsf(y) >= 8388608.0f || rintf(y) == y;
    const bool odd = whole && fabsf(y) < 16777216.0f && ((int64_t)y & 1);
    const float sign = odd && signbit(x) ? -1.0f : 1.0f, magnitude = fabsf(x);
    if (magnitude == 0) return y > 0 ? sign * 0.0f : sign * INFINITY;
    if (isinf(y)) {
        if (magnitude == 1) return 1;
        return (magnitude > 1) == (y > 0) ? INFINITY : 0;
    }
    if (isinf(x)) return y > 0 ? sign * INFINITY : sign * 0.0f;
    if (x < 0 && !whole) return NAN;
    return sign * (float)binary_exponential((double)y * binary_logarithm((double)magnitude));
}
