/*
 * Fixed-point arithmetic of the kernels: the rounding of gemmlowp that TensorFlow Lite's reference
 * kernels are defined by. Everything here is inlined into the kernels, so that it moves with them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_FIXED_POINT_H_
#define PINMAP_FIXED_POINT_H_

#include <stdint.h>

#define PINMAP_INLINE static inline __attribute__((always_inline))

PINMAP_INLINE int32_t pinmap_min(int32_t a, int32_t b) { return a < b ? a : b; }

PINMAP_INLINE int32_t pinmap_max(int32_t a, int32_t b) { return a > b ? a : b; }

PINMAP_INLINE int32_t pinmap_clamp(int32_t value, int32_t low, int32_t high) {
  return pinmap_min(pinmap_max(value, low), high);
}

/*
 * Zero, of which compilers know nothing: clearing an array with a known one may become a call of memset,
 * which is not in the kernels' section, or a load into a floating-point register.
 */
PINMAP_INLINE int32_t pinmap_zero(void) {
  int32_t zero = 0;
  __asm__("" : "+r"(zero));
  return zero;
}

/* value * 2^bits, wrapping. */
PINMAP_INLINE int32_t pinmap_shift_left(int32_t value, int32_t bits) {
  return (int32_t)((uint32_t)value << bits);
}

/*
 * a * b * 2^-31, rounded to nearest, ties up. gemmlowp's nudge by sign followed by a division that
 * truncates gives the same for every a and b but a = b = INT32_MIN, which no caller has.
 */
PINMAP_INLINE int32_t pinmap_doubling_high_mul(int32_t a, int32_t b) {
#if defined(__ARM_ARCH_6M__)
  /* No long multiply on ARMv6-M: four 16-bit products are shorter than the library call. */
  const uint32_t a_low = (uint32_t)a & 0xffffu;
  const uint32_t b_low = (uint32_t)b & 0xffffu;
  const int32_t a_high = a >> 16;
  const int32_t b_high = b >> 16;
  const uint32_t low = a_low * b_low;
  const int32_t middle = a_high * (int32_t)b_low + (int32_t)(low >> 16);
  const int32_t carry = (int32_t)a_low * b_high + (int32_t)((uint32_t)middle & 0xffffu);
  const uint32_t rounded = (((uint32_t)carry << 16) | (low & 0xffffu)) + 0x40000000u;
  const uint32_t high = (uint32_t)(a_high * b_high + (middle >> 16) + (carry >> 16)) +
                        (rounded < 0x40000000u ? 1u : 0u);
  return (int32_t)((high << 1) | (rounded >> 31));
#else
  return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
#endif
}

/* value / 2^exponent, rounded to nearest, ties away from zero; 0 <= exponent <= 31. */
PINMAP_INLINE int32_t pinmap_rounding_shift_right(int32_t value, int32_t exponent) {
  const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1u);
  const int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> exponent) + ((value & mask) > threshold ? 1 : 0);
}

/* value * multiplier * 2^(shift - 31), rounded twice: after the multiplication and after the shift. */
PINMAP_INLINE int32_t pinmap_requantize(int32_t value, int32_t multiplier, int32_t shift) {
  if (shift > 0) {
    return pinmap_doubling_high_mul(pinmap_shift_left(value, shift), multiplier);
  }
  return pinmap_rounding_shift_right(pinmap_doubling_high_mul(value, multiplier), -shift);
}

/* dividend / divisor, truncated; divisor > 0. */
PINMAP_INLINE int32_t pinmap_divide(int32_t dividend, int32_t divisor) {
#if defined(__ARM_ARCH_6M__)
  /* No divide instruction on ARMv6-M, and the library's is not in the kernels' section. */
  uint32_t rest = dividend < 0 ? 0u - (uint32_t)dividend : (uint32_t)dividend;
  uint32_t step = (uint32_t)divisor;
  uint32_t bit = 1;
  uint32_t quotient = 0;
  while (step < rest && (step & 0x80000000u) == 0) {
    step <<= 1;
    bit <<= 1;
  }
  for (; bit != 0; bit >>= 1, step >>= 1) {
    if (rest >= step) {
      rest -= step;
      quotient += bit;
    }
  }
  return dividend < 0 ? -(int32_t)quotient : (int32_t)quotient;
#else
  return dividend / divisor;
#endif
}

#endif /* PINMAP_FIXED_POINT_H_ */
