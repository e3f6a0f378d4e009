/*
 * Fully connected layer, int8, one multiplier for each output channel or one for all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "dot_product.h"
#include "pinmap_kernels.h"

PINMAP_CODE(pinmap_fully_connected_s8)
int32_t pinmap_fully_connected_s8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                  const int32_t *multiplier, const int32_t *shift, int8_t *output,
                                  int32_t batch, int32_t in_depth, int32_t out_depth,
                                  int32_t channel_step, int32_t input_offset,
                                  int32_t weights_offset, int32_t output_offset, int32_t act_min,
                                  int32_t act_max) {
  for (int32_t b = 0; b < batch; b++, input += in_depth) {
    /* Weights with a zero point add the same sum of inputs to every channel. */
    int32_t common = 0;
    if (weights_offset != 0) {
      for (int32_t i = 0; i < in_depth; i++) {
        common += weights_offset * (input[i] + input_offset);
      }
    }
    for (int32_t channel = 0; channel < out_depth; channel += PINMAP_ROWS) {
      const int8_t *const row = weights + channel * in_depth;
      const int32_t rows = pinmap_min(out_depth - channel, PINMAP_ROWS);
      int32_t sums[PINMAP_ROWS];
      pinmap_clear_rows(sums);
      if (rows == PINMAP_ROWS) {
        pinmap_dot_rows(input, row, in_depth, in_depth, input_offset, sums);
      } else {
        for (int32_t r = 0; r < rows; r++) {
          sums[r] = pinmap_dot(input, row + r * in_depth, in_depth, input_offset);
        }
      }
      for (int32_t r = 0; r < rows; r++) {
        const int32_t scale = (channel + r) * channel_step;
        const int32_t scaled = pinmap_requantize(sums[r] + common + bias[channel + r],
                                                 multiplier[scale], shift[scale]);
        *output++ = (int8_t)pinmap_clamp(scaled + output_offset, act_min, act_max);
      }
    }
  }
  return 0;
}
