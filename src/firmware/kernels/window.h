/*
 * The part of a filter window that lies on the input. Taps in the padding contribute nothing, so
 * clipping the window once for each output keeps the checks out of the inner loops.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_WINDOW_H_
#define PINMAP_WINDOW_H_

#include <stdint.h>

#include "fixed_point.h"

/* Taps first <= tap < end of one dimension; the first one is at position `origin + first * dilation`. */
struct pinmap_taps {
  int32_t first;
  int32_t end;
};

/*
 * The taps with 0 <= origin + tap * dilation < length. Loops instead of divisions: windows are small,
 * and ARMv6-M has no divide instruction.
 */
PINMAP_INLINE struct pinmap_taps pinmap_clip(int32_t origin, int32_t taps, int32_t dilation,
                                             int32_t length) {
  struct pinmap_taps clipped = {0, taps};
  while (clipped.first < taps && origin + clipped.first * dilation < 0) {
    clipped.first++;
  }
  while (clipped.end > clipped.first && origin + (clipped.end - 1) * dilation >= length) {
    clipped.end--;
  }
  return clipped;
}

#endif /* PINMAP_WINDOW_H_ */
