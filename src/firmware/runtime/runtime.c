/*
 * Memory functions, under the names that compilers call by themselves: those of C and of the Arm
 * run-time ABI (RTABI 4.3.4). The firmware links without a C library.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pinmap_runtime.h"

typedef uint32_t __attribute__((may_alias)) pinmap_word;

/* Hides a pointer's origin, or compilers see memcpy in the loop and call this very function. */
#define PINMAP_OPAQUE(pointer) __asm__ volatile("" : "+r"(pointer))

/* Upwards, so that `to` may overlap the start of `from`. */
static void copy_up(void *to, const void *from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  uint8_t *const end = out + bytes;
  if ((((uintptr_t)to | (uintptr_t)from) & 3u) == 0) {
    while (end - out >= 4) {
      *(pinmap_word *)(void *)out = *(const pinmap_word *)(const void *)in;
      out += 4;
      in += 4;
      PINMAP_OPAQUE(in);
    }
  }
  while (out != end) {
    *out++ = *in++;
    PINMAP_OPAQUE(in);
  }
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  copy_up(to, from, bytes);
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if ((uintptr_t)to - (uintptr_t)from >= bytes) {
    copy_up(to, from, bytes);
    return to;
  }
  while (bytes > 0) {
    bytes--;
    out[bytes] = in[bytes];
    PINMAP_OPAQUE(in);
  }
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *out = to;
  uint8_t *const end = out + bytes;
  const uint32_t byte = (uint32_t)value & 0xffu;
  const uint32_t word = byte * 0x01010101u;
  if (((uintptr_t)to & 3u) == 0) {
    while (end - out >= 4) {
      *(pinmap_word *)(void *)out = word;
      out += 4;
      PINMAP_OPAQUE(out);
    }
  }
  while (out != end) {
    *out++ = (uint8_t)byte;
    PINMAP_OPAQUE(out);
  }
  return to;
}

int memcmp(const void *left, const void *right, size_t bytes) {
  const uint8_t *a = left;
  const uint8_t *b = right;
  for (size_t i = 0; i < bytes; i++) {
    if (a[i] != b[i]) {
      return a[i] < b[i] ? -1 : 1;
    }
  }
  return 0;
}

void __aeabi_memcpy(void *to, const void *from, size_t bytes);
void __aeabi_memcpy4(void *to, const void *from, size_t bytes);
void __aeabi_memcpy8(void *to, const void *from, size_t bytes);
void __aeabi_memset(void *to, size_t bytes, int value);
void __aeabi_memset4(void *to, size_t bytes, int value);
void __aeabi_memset8(void *to, size_t bytes, int value);
void __aeabi_memclr(void *to, size_t bytes);
void __aeabi_memclr4(void *to, size_t bytes);
void __aeabi_memclr8(void *to, size_t bytes);

void __aeabi_memcpy(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memcpy4(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memcpy8(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memset(void *to, size_t bytes, int value) { memset(to, value, bytes); }
void __aeabi_memset4(void *to, size_t bytes, int value) { memset(to, value, bytes); }
void __aeabi_memset8(void *to, size_t bytes, int value) { memset(to, value, bytes); }
void __aeabi_memclr(void *to, size_t bytes) { memset(to, 0, bytes); }
void __aeabi_memclr4(void *to, size_t bytes) { memset(to, 0, bytes); }
void __aeabi_memclr8(void *to, size_t bytes) { memset(to, 0, bytes); }
