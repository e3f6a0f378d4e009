/*
 * Depthwise convolution, int8, one multiplier for each output channel.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pinmap_kernels.h"
#include "window.h"

/* Channels that are summed together: neighbours in the input and in the weights. */
#define PINMAP_LANES 4

/* The taps of one output on the input, and the bytes from one to the next. */
struct pinmap_patch {
  int32_t rows;
  int32_t columns;
  int32_t value_row;
  int32_t value_column;
  int32_t tap_row;
  int32_t tap_column;
};

/*
 * Sums of four neighbouring channels. A function of its own, or the variables of the loops around it
 * take registers that the inner loop needs.
 */
PINMAP_CODE(pinmap_depthwise_lanes)
__attribute__((noinline)) static void pinmap_depthwise_lanes(const int8_t *value, const int8_t *tap,
                                                             const struct pinmap_patch *patch,
                                                             int32_t input_offset,
                                                             int32_t sums[PINMAP_LANES]) {
  const int32_t value_column = patch->value_column;
  const int32_t tap_column = patch->tap_column;
  int32_t sum0 = 0;
  int32_t sum1 = 0;
  int32_t sum2 = 0;
  int32_t sum3 = 0;
  for (int32_t row = 0; row < patch->rows; row++) {
    const int8_t *values = value + row * patch->value_row;
    const int8_t *taps = tap + row * patch->tap_row;
    for (int32_t column = patch->columns; column > 0; column--) {
      sum0 += taps[0] * (values[0] + input_offset);
      sum1 += taps[1] * (values[1] + input_offset);
      sum2 += taps[2] * (values[2] + input_offset);
      sum3 += taps[3] * (values[3] + input_offset);
      values += value_column;
      taps += tap_column;
    }
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

/* Sum of one channel. */
PINMAP_INLINE int32_t pinmap_depthwise_lane(const int8_t *value, const int8_t *tap,
                                            const struct pinmap_patch *patch,
                                            int32_t input_offset) {
  int32_t sum = 0;
  for (int32_t row = 0; row < patch->rows; row++) {
    for (int32_t column = 0; column < patch->columns; column++) {
      sum += tap[row * patch->tap_row + column * patch->tap_column] *
             (value[row * patch->value_row + column * patch->value_column] + input_offset);
    }
  }
  return sum;
}

PINMAP_CODE(pinmap_depthwise_conv_2d_s8)
int32_t pinmap_depthwise_conv_2d_s8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                    const int32_t *multiplier, const int32_t *shift, int8_t *output,
                                    int32_t batch, int32_t in_h, int32_t in_w, int32_t in_c,
                                    int32_t out_h, int32_t out_w, int32_t out_c,
                                    int32_t depth_multiplier, int32_t k_h, int32_t k_w,
                                    int32_t stride_h, int32_t stride_w, int32_t pad_h,
                                    int32_t pad_w, int32_t dilation_h, int32_t dilation_w,
                                    int32_t input_offset, int32_t output_offset, int32_t act_min,
                                    int32_t act_max) {
  struct pinmap_patch patch;
  patch.value_row = dilation_h * in_w * in_c;
  patch.value_column = dilation_w * in_c;
  patch.tap_row = k_w * out_c;
  patch.tap_column = out_c;
  for (int32_t b = 0; b < batch; b++, input += in_h * in_w * in_c) {
    for (int32_t out_y = 0; out_y < out_h; out_y++) {
      const int32_t origin_y = out_y * stride_h - pad_h;
      const struct pinmap_taps y = pinmap_clip(origin_y, k_h, dilation_h, in_h);
      const int32_t first_y = origin_y + y.first * dilation_h;
      patch.rows = y.end - y.first;
      for (int32_t out_x = 0; out_x < out_w; out_x++) {
        const int32_t origin_x = out_x * stride_w - pad_w;
        const struct pinmap_taps x = pinmap_clip(origin_x, k_w, dilation_w, in_w);
        const int32_t first_x = origin_x + x.first * dilation_w;
        const int8_t *value = input + (first_y * in_w + first_x) * in_c;
        const int8_t *tap = weights + (y.first * k_w + x.first) * out_c;
        patch.columns = x.end - x.first;
        int32_t replica = 0;
        for (int32_t channel = 0; channel < out_c;) {
          int32_t sums[PINMAP_LANES];
          int32_t lanes = 1;
          if (depth_multiplier == 1 && out_c - channel >= PINMAP_LANES) {
            lanes = PINMAP_LANES;
            pinmap_depthwise_lanes(value, tap, &patch, input_offset, sums);
          } else {
            sums[0] = pinmap_depthwise_lane(value, tap, &patch, input_offset);
          }
          for (int32_t lane = 0; lane < lanes; lane++, channel++) {
            const int32_t scaled =
                pinmap_requantize(sums[lane] + bias[channel], multiplier[channel], shift[channel]);
            *output++ = (int8_t)pinmap_clamp(scaled + output_offset, act_min, act_max);
          }
          tap += lanes;
          replica += lanes;
          if (replica >= depth_multiplier) {
            value += lanes;
            replica = 0;
          }
        }
      }
    }
  }
  return 0;
}
