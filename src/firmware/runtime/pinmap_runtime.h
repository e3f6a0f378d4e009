/*
 * What the firmware needs of a C library, and the semihosting calls of its test harness.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PINMAP_RUNTIME_H_
#define PINMAP_RUNTIME_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

/* Prints a text through a debugger or an emulator. */
void pinmap_print(const char *text);

/* Prints bytes as hexadecimal digits. */
void pinmap_print_hex(const void *data, size_t bytes);

/* Ends the program through a debugger or an emulator. */
void pinmap_exit(int code) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif /* PINMAP_RUNTIME_H_ */
