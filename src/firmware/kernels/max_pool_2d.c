/*
 * Maximum pooling, int8.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pinmap_kernels.h"
#include "window.h"

PINMAP_CODE(pinmap_max_pool_2d_s8)
int32_t pinmap_max_pool_2d_s8(const int8_t *input, int8_t *output, int32_t batch, int32_t in_h,
                              int32_t in_w, int32_t channels, int32_t out_h, int32_t out_w,
                              int32_t filter_h, int32_t filter_w, int32_t stride_h,
                              int32_t stride_w, int32_t pad_h, int32_t pad_w, int32_t act_min,
                              int32_t act_max) {
  for (int32_t b = 0; b < batch; b++, input += in_h * in_w * channels) {
    for (int32_t out_y = 0; out_y < out_h; out_y++) {
      const int32_t origin_y = out_y * stride_h - pad_h;
      const struct pinmap_taps y = pinmap_clip(origin_y, filter_h, 1, in_h);
      for (int32_t out_x = 0; out_x < out_w; out_x++) {
        const int32_t origin_x = out_x * stride_w - pad_w;
        const struct pinmap_taps x = pinmap_clip(origin_x, filter_w, 1, in_w);
        for (int32_t channel = 0; channel < channels; channel++) {
          int32_t largest = INT8_MIN;
          for (int32_t tap_y = y.first; tap_y < y.end; tap_y++) {
            const int8_t *value =
                input + ((origin_y + tap_y) * in_w + origin_x + x.first) * channels + channel;
            for (int32_t tap_x = x.first; tap_x < x.end; tap_x++) {
              largest = pinmap_max(largest, *value);
              value += channels;
            }
          }
          *output++ = (int8_t)pinmap_clamp(largest, act_min, act_max);
        }
      }
    }
  }
  return 0;
}
