/*
 * Semihosting: output and exit through the debugger or emulator that runs the image (Arm's
 * "Semihosting for AArch32 and AArch64", 2.0). Without one the breakpoint instruction faults.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pinmap_runtime.h"

#define SYS_WRITE0 0x04u
#define SYS_EXIT 0x18u
#define SYS_EXIT_EXTENDED 0x20u
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static void semihosting(uint32_t operation, uintptr_t parameter) {
  register uint32_t r0 __asm__("r0") = operation;
  register uintptr_t r1 __asm__("r1") = parameter;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void pinmap_print(const char *text) { semihosting(SYS_WRITE0, (uintptr_t)text); }

void pinmap_print_hex(const void *data, size_t bytes) {
  const uint8_t *next = data;
  char text[65];
  while (bytes > 0) {
    size_t length = 0;
    for (; length < sizeof(text) - 1 && bytes > 0; bytes--) {
      const uint8_t byte = *next++;
      text[length++] = "0123456789abcdef"[byte >> 4];
      text[length++] = "0123456789abcdef"[byte & 15u];
    }
    text[length] = '\0';
    pinmap_print(text);
  }
}

void pinmap_exit(int code) {
  if (code == 0) {
    semihosting(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT);
  } else {
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    semihosting(SYS_EXIT_EXTENDED, (uintptr_t)block);
  }
  for (;;) {
    __asm__ volatile("bkpt 0");
  }
}
