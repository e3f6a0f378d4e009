/* The emulator benchmark: int8 matrix product, copy by words, bitwise CRC-32, insertion sort, each about
   a quarter of the instructions. One result word; the program ends at bench_done. */
#include <stdint.h>

#define N 64
#define WORDS 4096
#define BYTES 8192
#define SORTED 512

extern uint32_t stack_top;
void Reset_Handler(void);
__attribute__((section(".vectors"), used)) const void *const vectors[16] = {&stack_top, Reset_Handler};

static int8_t a[N][N], b[N][N];
static uint32_t source[WORDS], target[WORDS];
static uint32_t state = 1;
volatile uint32_t bench_result;

static uint32_t next(void) { return state = state * 1664525u + 1013904223u; }

__attribute__((noinline)) static uint32_t multiply(void) {
  uint32_t sum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      int32_t acc = 0;
      for (int k = 0; k < N; k++) acc += a[i][k] * b[j][k];
      sum += (uint32_t)acc;
    }
  return sum;
}

__attribute__((noinline)) static void copy(volatile uint32_t *to, const volatile uint32_t *from, int n) {
  for (int i = 0; i < n; i++) to[i] = from[i];
}

__attribute__((noinline)) static uint32_t crc(uint32_t value, const uint8_t *bytes, int n) {
  value = ~value;
  for (int i = 0; i < n; i++) {
    value ^= bytes[i];
    for (int k = 0; k < 8; k++) value = (value >> 1) ^ (value & 1 ? 0xedb88320u : 0);
  }
  return ~value;
}

__attribute__((noinline)) static void sort(uint32_t *values, int n) {
  for (int i = 1; i < n; i++) {
    uint32_t value = values[i];
    int j = i;
    for (; j > 0 && values[j - 1] > value; j--) values[j] = values[j - 1];
    values[j] = value;
  }
}

static void semihost(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

__attribute__((noinline, noreturn)) void bench_done(void) {
  volatile char text[16];
  for (int i = 0; i < 7; i++) text[i] = "result "[i];
  text[15] = 0;
  for (int i = 0; i < 8; i++) text[14 - i] = "0123456789abcdef"[(bench_result >> (4 * i)) & 15];
  semihost(4, (const void *)text);
  semihost(0x18, (const void *)0x20026);
  for (;;) {}
}

void Reset_Handler(void) {
  uint32_t result = 0;
  state = 1;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        a[i][j] = (int8_t)(next() >> 24);
        b[i][j] = (int8_t)(next() >> 24);
      }
    for (int i = 0; i < WORDS; i++) source[i] = next();
    result = result * 31 + multiply();
    for (int i = 0; i < 64; i++) copy(target, source, WORDS);
    for (int i = 0; i < 4; i++) result = crc(result, (const uint8_t *)target, BYTES);
    sort(target, SORTED);
    sort(target + SORTED, SORTED);
    for (int i = 0; i < 2 * SORTED; i++) result = result * 31 + target[i];
  }
  bench_result = result;
  bench_done();
}
