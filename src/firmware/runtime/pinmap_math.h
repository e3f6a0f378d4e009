/*
 * Floating-point functions of TIR without a C library. Rounding functions and square root are exact;
 * exp, log, tanh and sigmoid have at most 5 units in the last place of error, with the polynomials of
 * Cephes. The order of operations is that of pinmap's evaluator, so that both give the same bits;
 * compile with -ffp-contract=off.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_MATH_H_
#define PINMAP_MATH_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

union pinmap_f32 {
  float value;
  uint32_t bits;
};

union pinmap_f64 {
  double value;
  uint64_t bits;
};

static inline uint32_t pinmap_bits_f32(float x) {
  const union pinmap_f32 both = {.value = x};
  return both.bits;
}

static inline float pinmap_from_bits_f32(uint32_t bits) {
  const union pinmap_f32 both = {.bits = bits};
  return both.value;
}

static inline uint64_t pinmap_bits_f64(double x) {
  const union pinmap_f64 both = {.value = x};
  return both.bits;
}

static inline double pinmap_from_bits_f64(uint64_t bits) {
  const union pinmap_f64 both = {.bits = bits};
  return both.value;
}

static inline float pinmap_abs_f32(float x) {
  return pinmap_from_bits_f32(pinmap_bits_f32(x) & 0x7fffffffu);
}

static inline double pinmap_abs_f64(double x) {
  return pinmap_from_bits_f64(pinmap_bits_f64(x) & INT64_MAX);
}

/* From 2^(bits of the significand) on every number is whole, and NaN stays NaN. */
#define PINMAP_ROUNDING(suffix, type, integer, whole)                                              \
  static inline bool pinmap_isnan_##suffix(type x) { return x != x; }                              \
  static inline bool pinmap_isfinite_##suffix(type x) { return x - x == 0; }                       \
  static inline bool pinmap_isinf_##suffix(type x) { return x == x && x - x != 0; }                \
  static inline type pinmap_trunc_##suffix(type x) {                                               \
    if (!(pinmap_abs_##suffix(x) < whole)) {                                                       \
      return x;                                                                                    \
    }                                                                                              \
    const type whole_part = pinmap_abs_##suffix((type)(integer)x);                                 \
    return pinmap_bits_##suffix(x) >> (sizeof(type) * 8 - 1) != 0 ? -whole_part : whole_part;      \
  }                                                                                                \
  static inline type pinmap_floor_##suffix(type x) {                                               \
    const type whole_part = pinmap_trunc_##suffix(x);                                              \
    return whole_part > x ? whole_part - 1 : whole_part;                                           \
  }                                                                                                \
  static inline type pinmap_ceil_##suffix(type x) {                                                \
    const type whole_part = pinmap_trunc_##suffix(x);                                              \
    if (!(whole_part < x)) {                                                                       \
      return whole_part;                                                                           \
    }                                                                                              \
    return whole_part == -1 && x > -1 ? -(type)0 : whole_part + 1;                                 \
  }                                                                                                \
  static inline type pinmap_round_##suffix(type x) {                                               \
    const type whole_part = pinmap_trunc_##suffix(x);                                              \
    const type rest = pinmap_abs_##suffix(x - whole_part);                                         \
    if (!(rest >= (type)0.5)) {                                                                    \
      return whole_part;                                                                           \
    }                                                                                              \
    return x < 0 ? whole_part - 1 : whole_part + 1;                                                \
  }                                                                                                \
  static inline type pinmap_nearbyint_##suffix(type x) {                                           \
    const type down = pinmap_floor_##suffix(x);                                                    \
    const type rest = x - down;                                                                    \
    if (rest != (type)0.5) {                                                                       \
      return rest > (type)0.5 ? pinmap_ceil_##suffix(x) : down;                                    \
    }                                                                                              \
    return pinmap_floor_##suffix(down / 2) * 2 == down ? down : pinmap_ceil_##suffix(x);           \
  }                                                                                                \
  static inline type pinmap_floordiv_##suffix(type a, type b) {                                    \
    return pinmap_floor_##suffix(a / b);                                                           \
  }                                                                                                \
  static inline type pinmap_floormod_##suffix(type a, type b) {                                    \
    return a - pinmap_floor_##suffix(a / b) * b;                                                   \
  }

PINMAP_ROUNDING(f32, float, int32_t, 8388608.0f)
PINMAP_ROUNDING(f64, double, int64_t, 4503599627370496.0)

/* Square root: of the FPU where there is one, else digit by digit, rounded to nearest. */
static inline float pinmap_sqrt_f32(float x) {
#if defined(__ARM_FP) && (__ARM_FP & 4)
  float root;
  __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
  return root;
#else
  if (!(x > 0) || !pinmap_isfinite_f32(x)) {
    return x < 0 ? pinmap_from_bits_f32(0x7fc00000u) : x;
  }
  int32_t exponent = 0;
  if (x < 1.17549435e-38f) {
    x *= 16777216.0f;
    exponent = -12;
  }
  const uint32_t bits = pinmap_bits_f32(x);
  const int32_t power = (int32_t)(bits >> 23) - 127;
  uint64_t rest = (uint64_t)((bits & 0x7fffffu) | 0x800000u) << ((power & 1) != 0 ? 26 : 25);
  exponent += (power - (power & 1)) / 2;
  uint64_t root = 0;
  for (uint64_t bit = (uint64_t)1 << 48; bit != 0; bit >>= 2) {
    const uint64_t next = root + bit;
    root >>= 1;
    if (rest >= next) {
      rest -= next;
      root += bit;
    }
  }
  /* The root has one bit more than a float, and is never halfway between two floats. */
  const uint32_t rounded = (uint32_t)((root + 1) >> 1);
  return pinmap_from_bits_f32(((uint32_t)(exponent + 126) << 23) + rounded);
#endif
}

static inline float pinmap_polynomial_f32(const float *coefficients, int32_t count, float r) {
  float sum = coefficients[0];
  for (int32_t i = 1; i < count; i++) {
    sum = sum * r + coefficients[i];
  }
  return sum;
}

/* 2^n for normal numbers. */
static inline float pinmap_power_f32(int32_t n) {
  return pinmap_from_bits_f32((uint32_t)(n + 127) << 23);
}

#define PINMAP_LN2_HIGH 0.693359375f
#define PINMAP_LN2_LOW (-2.12194440e-4f)

static inline float pinmap_exp_f32(float x) {
  if (x != x) {
    return x;
  }
  if (x > 88.72283f) {
    return 1.0f / 0.0f;
  }
  if (x < -103.97208f) {
    return 0.0f;
  }
  const float coefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  const float whole = pinmap_floor_f32(x * 1.44269504f + 0.5f);
  const int32_t n = (int32_t)whole;
  const float r = (x - whole * PINMAP_LN2_HIGH) - whole * PINMAP_LN2_LOW;
  const float value = pinmap_polynomial_f32(coefficients, 6, r) * (r * r) + r + 1.0f;
  /* Two factors, since 2^n alone may be too large or too small for a float. */
  const int32_t half = n >> 1;
  return value * pinmap_power_f32(half) * pinmap_power_f32(n - half);
}

static inline float pinmap_log_f32(float x) {
  if (x != x || x < 0) {
    return pinmap_from_bits_f32(0x7fc00000u);
  }
  if (x == 0) {
    return -1.0f / 0.0f;
  }
  if (!pinmap_isfinite_f32(x)) {
    return x;
  }
  const float coefficients[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                                -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                                2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  const int32_t scale = x < 1.17549435e-38f ? 23 : 0;
  const uint32_t bits = pinmap_bits_f32(x * pinmap_power_f32(scale));
  int32_t n = (int32_t)(bits >> 23) - 127 - scale;
  float m = pinmap_from_bits_f32((bits & 0x7fffffu) | 0x3f800000u);
  if (m > 1.41421356f) {
    m *= 0.5f;
    n++;
  }
  const float r = m - 1.0f;
  const float square = r * r;
  float y = pinmap_polynomial_f32(coefficients, 9, r) * square * r;
  y += (float)n * PINMAP_LN2_LOW;
  y -= 0.5f * square;
  return r + y + (float)n * PINMAP_LN2_HIGH;
}

static inline float pinmap_tanh_f32(float x) {
  if (x != x) {
    return x;
  }
  const float size = pinmap_abs_f32(x);
  if (size > 10.0f) {
    return x < 0 ? -1.0f : 1.0f;
  }
  if (size < 0.625f) {
    const float coefficients[] = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                                  1.33314422036e-1f, -3.33332819422e-1f};
    const float square = x * x;
    return pinmap_polynomial_f32(coefficients, 5, square) * square * x + x;
  }
  const float y = 1.0f - 2.0f / (pinmap_exp_f32(size + size) + 1.0f);
  return x < 0 ? -y : y;
}

static inline float pinmap_sigmoid_f32(float x) { return 1.0f / (1.0f + pinmap_exp_f32(-x)); }

static inline float pinmap_rsqrt_f32(float x) { return 1.0f / pinmap_sqrt_f32(x); }

#ifdef __cplusplus
}
#endif

#endif /* PINMAP_MATH_H_ */
