/*
 * Copy: a reshape moves bytes and changes none.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pinmap_kernels.h"

typedef uint32_t __attribute__((may_alias)) pinmap_word;

PINMAP_CODE(pinmap_copy_s8)
int32_t pinmap_copy_s8(const int8_t *input, int8_t *output, int32_t bytes) {
  const int8_t *const end = input + bytes;
  /* The empty statements keep compilers from turning the loops into calls of memcpy, which is not in
     the kernels' section. */
  if ((((uintptr_t)input | (uintptr_t)output) & 3u) == 0) {
    while (end - input >= 4) {
      *(pinmap_word *)(void *)output = *(const pinmap_word *)(const void *)input;
      input += 4;
      output += 4;
      __asm__ volatile("" : "+r"(input));
    }
  }
  while (input < end) {
    *output++ = *input++;
    __asm__ volatile("" : "+r"(input));
  }
  return 0;
}
