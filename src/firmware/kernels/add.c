/*
 * Addition, int8: both inputs are brought to a common scale with `left_shift` bits of headroom.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fixed_point.h"
#include "pinmap_kernels.h"

PINMAP_CODE(pinmap_add_s8)
int32_t pinmap_add_s8(const int8_t *input1, const int8_t *input2, int8_t *output, int32_t count,
                      int32_t input1_offset, int32_t input2_offset, int32_t output_offset,
                      int32_t left_shift, int32_t input1_multiplier, int32_t input1_shift,
                      int32_t input2_multiplier, int32_t input2_shift, int32_t output_multiplier,
                      int32_t output_shift, int32_t act_min, int32_t act_max) {
  for (int32_t i = 0; i < count; i++) {
    const int32_t value1 = pinmap_shift_left(input1[i] + input1_offset, left_shift);
    const int32_t value2 = pinmap_shift_left(input2[i] + input2_offset, left_shift);
    const int32_t sum = pinmap_requantize(value1, input1_multiplier, input1_shift) +
                        pinmap_requantize(value2, input2_multiplier, input2_shift);
    const int32_t scaled = pinmap_requantize(sum, output_multiplier, output_shift);
    output[i] = (int8_t)pinmap_clamp(scaled + output_offset, act_min, act_max);
  }
  return 0;
}
