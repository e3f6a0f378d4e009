/*
 * Dot products of int8 rows, the inner loop of convolutions and fully connected layers. Several rows
 * of weights share each load of the input: four on cores with thirteen usable registers, two on
 * ARMv6-M, whose instructions reach eight.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_DOT_PRODUCT_H_
#define PINMAP_DOT_PRODUCT_H_

#include <stdint.h>

#include "fixed_point.h"
#include "pinmap_kernels.h"

#if defined(__ARM_ARCH_6M__)
#define PINMAP_ROWS 2
#else
#define PINMAP_ROWS 4
#endif

/* sums[r] = 0 for all rows. */
PINMAP_INLINE void pinmap_clear_rows(int32_t sums[PINMAP_ROWS]) {
  const int32_t zero = pinmap_zero();
  for (int32_t r = 0; r < PINMAP_ROWS; r++) {
    sums[r] = zero;
  }
}

/*
 * sums[r] += weights[r * row_bytes + i] * (input[i] + input_offset) for all i < count. A function of its
 * own, or the variables of the loops around it take registers that the inner loop needs.
 */
PINMAP_CODE(pinmap_dot_rows)
__attribute__((noinline)) static void pinmap_dot_rows(const int8_t *input, const int8_t *weights, int32_t row_bytes,
                                   int32_t count, int32_t input_offset,
                                   int32_t sums[PINMAP_ROWS]) {
  /* From the rows' ends upwards: one index for all rows, which is also the loop's counter. */
  const int8_t *const values = input + count;
  const int8_t *const row0 = weights + count;
  const int8_t *const row1 = row0 + row_bytes;
  int32_t sum0 = sums[0];
  int32_t sum1 = sums[1];
#if PINMAP_ROWS == 4
  const int8_t *const row2 = row1 + row_bytes;
  const int8_t *const row3 = row2 + row_bytes;
  int32_t sum2 = sums[2];
  int32_t sum3 = sums[3];
#endif
  /* Unrolled, the loop needs more registers than there are. */
#pragma GCC unroll 1
  for (int32_t i = -count; i != 0; i++) {
    const int32_t value = values[i] + input_offset;
    sum0 += row0[i] * value;
    sum1 += row1[i] * value;
#if PINMAP_ROWS == 4
    sum2 += row2[i] * value;
    sum3 += row3[i] * value;
#endif
  }
  sums[0] = sum0;
  sums[1] = sum1;
#if PINMAP_ROWS == 4
  sums[2] = sum2;
  sums[3] = sum3;
#endif
}

/* The sum of weights[i] * (input[i] + input_offset) for all i < count. */
PINMAP_INLINE int32_t pinmap_dot(const int8_t *input, const int8_t *weights, int32_t count,
                                 int32_t input_offset) {
  const int8_t *const end = input + count;
  int32_t sum = 0;
  while (input < end) {
    sum += *weights++ * (*input++ + input_offset);
  }
  return sum;
}

#endif /* PINMAP_DOT_PRODUCT_H_ */
