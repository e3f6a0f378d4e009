/*
 * Two-dimensional convolution, int8, one multiplier for each output channel.
 *
 * SPDX-License-Identifier: MIT
 */
#include "dot_product.h"
#include "pinmap_kernels.h"
#include "window.h"

PINMAP_CODE(pinmap_conv_2d_s8)
int32_t pinmap_conv_2d_s8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                          const int32_t *multiplier, const int32_t *shift, int8_t *output,
                          int32_t batch, int32_t in_h, int32_t in_w, int32_t in_c, int32_t out_h,
                          int32_t out_w, int32_t out_c, int32_t k_h, int32_t k_w, int32_t stride_h,
                          int32_t stride_w, int32_t pad_h, int32_t pad_w, int32_t dilation_h,
                          int32_t dilation_w, int32_t input_offset, int32_t output_offset,
                          int32_t act_min, int32_t act_max) {
  const int32_t kernel_row = k_w * in_c;
  const int32_t kernel_bytes = k_h * kernel_row;
  for (int32_t b = 0; b < batch; b++, input += in_h * in_w * in_c) {
    for (int32_t out_y = 0; out_y < out_h; out_y++) {
      const int32_t origin_y = out_y * stride_h - pad_h;
      const struct pinmap_taps y = pinmap_clip(origin_y, k_h, dilation_h, in_h);
      for (int32_t out_x = 0; out_x < out_w; out_x++) {
        const int32_t origin_x = out_x * stride_w - pad_w;
        const struct pinmap_taps x = pinmap_clip(origin_x, k_w, dilation_w, in_w);
        /* Without dilation a row of taps is contiguous in the input and in the weights. */
        const int32_t run_taps = dilation_w == 1 ? x.end - x.first : 1;
        const int32_t run_bytes = run_taps * in_c;
        for (int32_t channel = 0; channel < out_c; channel += PINMAP_ROWS) {
          const int32_t rows = pinmap_min(out_c - channel, PINMAP_ROWS);
          int32_t sums[PINMAP_ROWS];
          pinmap_clear_rows(sums);
          for (int32_t tap_y = y.first; tap_y < y.end; tap_y++) {
            const int8_t *const row = input + (origin_y + tap_y * dilation_h) * in_w * in_c;
            const int8_t *const kernel = weights + channel * kernel_bytes + tap_y * kernel_row;
            for (int32_t tap_x = x.first; tap_x < x.end; tap_x += run_taps) {
              const int8_t *const values = row + (origin_x + tap_x * dilation_w) * in_c;
              const int8_t *const taps = kernel + tap_x * in_c;
              if (rows == PINMAP_ROWS) {
                pinmap_dot_rows(values, taps, kernel_bytes, run_bytes, input_offset, sums);
              } else {
                for (int32_t r = 0; r < rows; r++) {
                  sums[r] += pinmap_dot(values, taps + r * kernel_bytes, run_bytes, input_offset);
                }
              }
            }
          }
          for (int32_t r = 0; r < rows; r++) {
            const int32_t c = channel + r;
            const int32_t scaled = pinmap_requantize(sums[r] + bias[c], multiplier[c], shift[c]);
            *output++ = (int8_t)pinmap_clamp(scaled + output_offset, act_min, act_max);
          }
        }
      }
    }
  }
  return 0;
}
