/*
 * Arithmetic of TIR that C11 leaves open or does not have, as inline functions: division by 0 gives 0
 * and leaves the dividend as remainder, the least integer divided by -1 gives itself, shifts by the width
 * or more shift everything out, floats outside an integer's range become its nearest value, NaN becomes
 * 0. Floor division rounds towards minus infinity. min and max give the second operand if one is NaN.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_ARITH_H_
#define PINMAP_ARITH_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PINMAP_SELECT(suffix, type)                                                                \
  static inline type pinmap_min_##suffix(type a, type b) { return a < b ? a : b; }                 \
  static inline type pinmap_max_##suffix(type a, type b) { return a > b ? a : b; }

PINMAP_SELECT(i32, int32_t)
PINMAP_SELECT(u32, uint32_t)
PINMAP_SELECT(i64, int64_t)
PINMAP_SELECT(u64, uint64_t)
PINMAP_SELECT(f32, float)
PINMAP_SELECT(f64, double)

#define PINMAP_SIGNED(suffix, type, unsigned_type, bits)                                           \
  static inline type pinmap_truncdiv_##suffix(type a, type b) {                                    \
    if (b == 0) {                                                                                  \
      return 0;                                                                                    \
    }                                                                                              \
    return b == -1 ? (type)(0 - (unsigned_type)a) : a / b;                                         \
  }                                                                                                \
  static inline type pinmap_truncmod_##suffix(type a, type b) {                                    \
    if (b == 0) {                                                                                  \
      return a;                                                                                    \
    }                                                                                              \
    return b == -1 ? 0 : a % b;                                                                    \
  }                                                                                                \
  static inline type pinmap_floordiv_##suffix(type a, type b) {                                    \
    const type quotient = pinmap_truncdiv_##suffix(a, b);                                          \
    const type rest = pinmap_truncmod_##suffix(a, b);                                              \
    return b != 0 && rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient;                 \
  }                                                                                                \
  static inline type pinmap_floormod_##suffix(type a, type b) {                                    \
    const type rest = pinmap_truncmod_##suffix(a, b);                                              \
    return b != 0 && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;                         \
  }                                                                                                \
  static inline type pinmap_shift_right_##suffix(type a, type count) {                             \
    return count < 0 || count > bits - 1 ? (a < 0 ? -1 : 0) : a >> count;                          \
  }                                                                                                \
  static inline type pinmap_shift_left_##suffix(type a, type count) {                              \
    return count < 0 || count > bits - 1 ? 0 : (type)((unsigned_type)a << count);                  \
  }                                                                                                \
  static inline type pinmap_abs_##suffix(type a) { return a < 0 ? (type)(0 - (unsigned_type)a) : a; }

PINMAP_SIGNED(i32, int32_t, uint32_t, 32)
PINMAP_SIGNED(i64, int64_t, uint64_t, 64)

#define PINMAP_UNSIGNED(suffix, type, bits)                                                        \
  static inline type pinmap_truncdiv_##suffix(type a, type b) { return b == 0 ? 0 : a / b; }       \
  static inline type pinmap_truncmod_##suffix(type a, type b) { return b == 0 ? a : a % b; }       \
  static inline type pinmap_floordiv_##suffix(type a, type b) { return b == 0 ? 0 : a / b; }       \
  static inline type pinmap_floormod_##suffix(type a, type b) { return b == 0 ? a : a % b; }       \
  static inline type pinmap_shift_right_##suffix(type a, type count) {                             \
    return count > bits - 1 ? 0 : a >> count;                                                      \
  }                                                                                                \
  static inline type pinmap_shift_left_##suffix(type a, type count) {                              \
    return count > bits - 1 ? 0 : a << count;                                                      \
  }                                                                                                \
  static inline type pinmap_abs_##suffix(type a) { return a; }

PINMAP_UNSIGNED(u32, uint32_t, 32)
PINMAP_UNSIGNED(u64, uint64_t, 64)

/* From floating point to an integer: towards zero, within [least, most]. */
#define PINMAP_FROM_FLOAT(from, float_type, to, type)                                              \
  static inline type pinmap_##from##_to_##to(float_type x, type least, type most) {                \
    if (x != x) {                                                                                  \
      return 0;                                                                                    \
    }                                                                                              \
    if (x <= (float_type)least) {                                                                  \
      return least;                                                                                \
    }                                                                                              \
    return x >= (float_type)most ? most : (type)x;                                                 \
  }

PINMAP_FROM_FLOAT(f32, float, i32, int32_t)
PINMAP_FROM_FLOAT(f32, float, u32, uint32_t)
PINMAP_FROM_FLOAT(f32, float, i64, int64_t)
PINMAP_FROM_FLOAT(f32, float, u64, uint64_t)
PINMAP_FROM_FLOAT(f64, double, i32, int32_t)
PINMAP_FROM_FLOAT(f64, double, u32, uint32_t)
PINMAP_FROM_FLOAT(f64, double, i64, int64_t)
PINMAP_FROM_FLOAT(f64, double, u64, uint64_t)

/* Leading zeros of an integer of so many bits, and its ones. */
static inline int32_t pinmap_clz32(uint32_t a) {
#if defined(__ARM_FEATURE_CLZ)
  return a == 0 ? 32 : (int32_t)__builtin_clz(a);
#else
  int32_t zeros = 32;
  for (; a != 0; a >>= 1) {
    zeros--;
  }
  return zeros;
#endif
}

static inline int32_t pinmap_clz(uint64_t a, int32_t bits) {
  const uint32_t high = (uint32_t)(a >> 32);
  const int32_t zeros = high != 0 ? pinmap_clz32(high) : 32 + pinmap_clz32((uint32_t)a);
  return zeros - (64 - bits);
}

static inline int32_t pinmap_popcount(uint64_t a) {
  int32_t ones = 0;
  for (; a != 0; a &= a - 1) {
    ones++;
  }
  return ones;
}

/* x * y * 2^(left - right), rounded to nearest, ties upwards: TIR's q_multiply_shift in 64 bits. */
static inline int32_t pinmap_multiply_shift(int32_t x, int32_t y, int32_t left, int32_t right) {
  const uint64_t product = ((uint64_t)(int64_t)x << (left & 63)) * (uint64_t)(int64_t)y;
  if (right <= 0) {
    return (int32_t)(uint32_t)product;
  }
  if (right > 63) {
    return (int64_t)product < 0 ? -1 : 0;
  }
  return (int32_t)((int64_t)(product + ((uint64_t)1 << (right - 1))) >> right);
}

#ifdef __cplusplus
}
#endif

#endif /* PINMAP_ARITH_H_ */
