/*
 * Softmax, int8, in fixed point: the exponential is a Taylor polynomial on [-1/4, 0) times powers
 * exp(-2^k), the reciprocal three Newton steps. Constants and order of operations are those that
 * TensorFlow Lite's reference (gemmlowp's fixedpoint) defines the bits by; Qm.n has m integer and n
 * fractional bits beside the sign.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fixed_point.h"
#include "pinmap_kernels.h"

/* value * 2^bits, saturating. */
PINMAP_INLINE int32_t saturating_shift_left(int32_t value, int32_t bits) {
  const int32_t limit = (int32_t)(((uint32_t)1 << (31 - bits)) - 1u);
  if (value > limit) {
    return INT32_MAX;
  }
  return value < -limit ? INT32_MIN : pinmap_shift_left(value, bits);
}

/* exp(x) in Q0.31 for -1/4 <= x < 0 in Q0.31: Taylor expansion around -1/8. */
PINMAP_INLINE int32_t exp_of_quarter(int32_t value) {
  const int32_t exp_of_minus_eighth = 1895147668;
  const int32_t third = 715827883;
  const int32_t x = value + (1 << 28);
  const int32_t x2 = pinmap_doubling_high_mul(x, x);
  const int32_t x3 = pinmap_doubling_high_mul(x2, x);
  const int32_t x4 = pinmap_doubling_high_mul(x2, x2);
  const int32_t x4_over_4 = pinmap_rounding_shift_right(x4, 2);
  const int32_t higher = pinmap_rounding_shift_right(
      pinmap_doubling_high_mul(x4_over_4 + x3, third) + x2, 1);
  return exp_of_minus_eighth + pinmap_doubling_high_mul(exp_of_minus_eighth, x + higher);
}

/* value * factor, where bit `bit` of `bits` is set. */
PINMAP_INLINE int32_t times_if(int32_t bits, int32_t bit, int32_t value, int32_t factor) {
  return (bits & pinmap_shift_left(1, bit)) != 0 ? pinmap_doubling_high_mul(value, factor) : value;
}

/* exp(value) in Q0.31 for value <= 0 in Q5.26. A function of its own: it is called twice. */
PINMAP_CODE(pinmap_softmax_exp)
__attribute__((noinline)) static int32_t pinmap_softmax_exp(int32_t value) {
  const int32_t quarter = 1 << 24;
  const int32_t modulo = (value & (quarter - 1)) - quarter;
  const int32_t rest = modulo - value;
  if (value == 0) {
    return INT32_MAX;
  }
  int32_t result = exp_of_quarter(pinmap_shift_left(modulo, 5));
  result = times_if(rest, 24, result, 1672461947); /* exp(-1/4) */
  result = times_if(rest, 25, result, 1302514674); /* exp(-1/2) */
  result = times_if(rest, 26, result, 790015084);  /* exp(-1) */
  result = times_if(rest, 27, result, 290630308);  /* exp(-2) */
  result = times_if(rest, 28, result, 39332535);   /* exp(-4) */
  result = times_if(rest, 29, result, 720401);     /* exp(-8) */
  return times_if(rest, 30, result, 242);          /* exp(-16) */
}

/* 1 / (1 + x) in Q0.31 for 0 <= x < 1 in Q0.31. */
PINMAP_INLINE int32_t reciprocal_of_one_plus(int32_t value) {
  const int32_t half_denominator = (int32_t)(((uint32_t)value + 0x80000000u) >> 1);
  /* 48/17 and -32/17 in Q2.29: the line closest to the reciprocal on [1/2, 1]. */
  int32_t x = 1515870810 + pinmap_doubling_high_mul(half_denominator, -1010580540);
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = (1 << 29) - pinmap_doubling_high_mul(half_denominator, x);
    x += saturating_shift_left(pinmap_doubling_high_mul(x, error), 2);
  }
  return saturating_shift_left(x, 1);
}

PINMAP_CODE(pinmap_softmax_s8)
int32_t pinmap_softmax_s8(const int8_t *input, int8_t *output, int32_t outer, int32_t depth,
                          int32_t input_multiplier, int32_t input_left_shift, int32_t diff_min) {
  for (int32_t row = 0; row < outer; row++, input += depth, output += depth) {
    int32_t largest = INT8_MIN;
    for (int32_t i = 0; i < depth; i++) {
      largest = pinmap_max(largest, input[i]);
    }
    uint32_t sum = 0; /* Q12.19 */
    for (int32_t i = 0; i < depth; i++) {
      const int32_t diff = input[i] - largest;
      if (diff >= diff_min) {
        const int32_t scaled = pinmap_requantize(diff, input_multiplier, input_left_shift);
        sum += (uint32_t)pinmap_rounding_shift_right(pinmap_softmax_exp(scaled), 12);
      }
    }
    /* sum = 2^bits_over_unit * (1 + fraction); the largest input alone makes it at least 1. */
    int32_t bits_over_unit = 12;
    while (sum != 0 && (sum & 0x80000000u) == 0) {
      sum <<= 1;
      bits_over_unit--;
    }
    const int32_t scale = reciprocal_of_one_plus((int32_t)(sum & 0x7fffffffu));
    const int32_t exponent = bits_over_unit + 31 - 8;
    for (int32_t i = 0; i < depth; i++) {
      const int32_t diff = input[i] - largest;
      int32_t result = INT8_MIN;
      if (diff >= diff_min) {
        const int32_t scaled = pinmap_requantize(diff, input_multiplier, input_left_shift);
        const int32_t share = pinmap_doubling_high_mul(scale, pinmap_softmax_exp(scaled));
        result += pinmap_rounding_shift_right(share, exponent);
      }
      output[i] = (int8_t)pinmap_clamp(result, INT8_MIN, INT8_MAX);
    }
  }
  return 0;
}
