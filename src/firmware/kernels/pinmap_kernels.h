/*
 * Kernels of int8 networks, bit-exact with the reference kernels of TensorFlow Lite Micro (double
 * rounding). No libc, no floating point, no division of 64 bits, no data outside their own code.
 *
 * Tensors are NHWC. Offsets are added to values: an input offset is the negative zero point, an output
 * offset the positive one. A multiplier is a Q0.31 number; a positive shift multiplies by 2^shift
 * before it, a negative one divides by 2^-shift after it, rounding half away from zero. Every kernel
 * returns 0. Pointers come first, then scalars.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_KERNELS_H_
#define PINMAP_KERNELS_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Puts a function where `--code-region` says: all sections of this prefix move together. */
#define PINMAP_CODE(name) __attribute__((section(".pinmap.code." #name)))

/* weights: out_c x k_h x k_w x in_c. bias, multiplier, shift: out_c each. */
int32_t pinmap_conv_2d_s8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                          const int32_t *multiplier, const int32_t *shift, int8_t *output,
                          int32_t batch, int32_t in_h, int32_t in_w, int32_t in_c, int32_t out_h,
                          int32_t out_w, int32_t out_c, int32_t k_h, int32_t k_w, int32_t stride_h,
                          int32_t stride_w, int32_t pad_h, int32_t pad_w, int32_t dilation_h,
                          int32_t dilation_w, int32_t input_offset, int32_t output_offset,
                          int32_t act_min, int32_t act_max);

/* weights: k_h x k_w x out_c, out_c = in_c * depth_multiplier. bias, multiplier, shift: out_c each. */
int32_t pinmap_depthwise_conv_2d_s8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                    const int32_t *multiplier, const int32_t *shift, int8_t *output,
                                    int32_t batch, int32_t in_h, int32_t in_w, int32_t in_c,
                                    int32_t out_h, int32_t out_w, int32_t out_c,
                                    int32_t depth_multiplier, int32_t k_h, int32_t k_w,
                                    int32_t stride_h, int32_t stride_w, int32_t pad_h,
                                    int32_t pad_w, int32_t dilation_h, int32_t dilation_w,
                                    int32_t input_offset, int32_t output_offset, int32_t act_min,
                                    int32_t act_max);

/*
 * weights: out_depth x in_depth. bias: out_depth. multiplier, shift: out_depth each if channel_step is
 * 1, one for all channels if it is 0.
 */
int32_t pinmap_fully_connected_s8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                  const int32_t *multiplier, const int32_t *shift, int8_t *output,
                                  int32_t batch, int32_t in_depth, int32_t out_depth,
                                  int32_t channel_step, int32_t input_offset,
                                  int32_t weights_offset, int32_t output_offset, int32_t act_min,
                                  int32_t act_max);

int32_t pinmap_average_pool_2d_s8(const int8_t *input, int8_t *output, int32_t batch, int32_t in_h,
                                  int32_t in_w, int32_t channels, int32_t out_h, int32_t out_w,
                                  int32_t filter_h, int32_t filter_w, int32_t stride_h,
                                  int32_t stride_w, int32_t pad_h, int32_t pad_w, int32_t act_min,
                                  int32_t act_max);

int32_t pinmap_max_pool_2d_s8(const int8_t *input, int8_t *output, int32_t batch, int32_t in_h,
                              int32_t in_w, int32_t channels, int32_t out_h, int32_t out_w,
                              int32_t filter_h, int32_t filter_w, int32_t stride_h,
                              int32_t stride_w, int32_t pad_h, int32_t pad_w, int32_t act_min,
                              int32_t act_max);

/* The buffers may be the same, but must not overlap otherwise. */
int32_t pinmap_copy_s8(const int8_t *input, int8_t *output, int32_t bytes);

/* Softmax over the last `depth` values, `outer` times; output scale 1/256, zero point -128. */
int32_t pinmap_softmax_s8(const int8_t *input, int8_t *output, int32_t outer, int32_t depth,
                          int32_t input_multiplier, int32_t input_left_shift, int32_t diff_min);

/* Element by element, both inputs of the output's shape. */
int32_t pinmap_add_s8(const int8_t *input1, const int8_t *input2, int8_t *output, int32_t count,
                      int32_t input1_offset, int32_t input2_offset, int32_t output_offset,
                      int32_t left_shift, int32_t input1_multiplier, int32_t input1_shift,
                      int32_t input2_multiplier, int32_t input2_shift, int32_t output_multiplier,
                      int32_t output_shift, int32_t act_min, int32_t act_max);

#ifdef __cplusplus
}
#endif

#endif /* PINMAP_KERNELS_H_ */
