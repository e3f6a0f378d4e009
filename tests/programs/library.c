/*
 * The C library at work: formatted output and input, sorting, strings, memory, long jumps, 64-bit
 * arithmetic and mathematics. What it prints must not depend on the emulator; floating-point results are
 * printed as bits too.
 */
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int static_objects(void);
extern int constructed;

static uint32_t seed = 12345;

static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }

static void show(const char *what, double value) {
  union {
    double d;
    uint64_t u;
  } bits = {value};
  printf("%s %08lx%08lx\n", what, (unsigned long)(bits.u >> 32), (unsigned long)bits.u);
}

static void show_float(const char *what, float value) {
  union {
    float f;
    uint32_t u;
  } bits = {value};
  printf("%s %08lx\n", what, (unsigned long)bits.u);
}

static void output(void) {
  char text[96];
  printf("%d %5d|%-5d|%05d %+d %x %#X %o %c %s %.3s %%\n", -42, 42, 42, 42, 42, 0xbeefu, 0xbeefu, 8u,
         'x', "word", "shortened");
  printf("%ld %lu %hhd %hd %zu\n", -2147483647L, 4294967295UL, (signed char)-5, (short)-300,
         sizeof(int));
  int length = snprintf(text, sizeof text, "%08.3f|%-10.2e|%g|%G", 3.14159265, -12345.678, 1e-5, 1e20);
  printf("%d <%s>\n", length, text);
  printf("%f %f %.0f %.10f\n", 0.1, 1e9 / 3, 2.5, 1.0 / 3);
  for (int i = -6; i <= 6; i += 3) printf("%g %e ", pow(10, i) * 1.5, pow(10, i) / 7);
  printf("\n%f %f %f\n", (double)INFINITY, -(double)INFINITY, 0.0);
}

static void input(void) {
  static const char *const numbers[] = {"1.5",   "-2.25e3",       "0x1p4",  "  7e-3rest", "1e400",
                                        "1e-310", "3.14159265358979", "nothing", "-0"};
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    char *end;
    show(numbers[i], strtod(numbers[i], &end));
    printf("%d\n", (int)(end - numbers[i]));
  }
  printf("%ld %lx %ld\n", strtol("-077", 0, 0), strtoul("ffffz", 0, 16), atol("  123"));
  int a = 0, b = 0;
  char word[8] = "";
  int found = sscanf("12, 34 abc", "%d, %d %7s", &a, &b, word);
  printf("%d %d %d %s\n", found, a, b, word);
}

static int ascending(const void *x, const void *y) {
  int a = *(const int *)x, b = *(const int *)y;
  return a < b ? -1 : a > b;
}

static void sorting(void) {
  static int values[200];
  for (int i = 0; i < 200; i++) values[i] = (int)next() >> 12;
  qsort(values, 200, sizeof *values, ascending);
  uint32_t mixed = 0;
  for (int i = 0; i < 200; i++) mixed = mixed * 31 + (uint32_t)values[i];
  int key = values[77];
  int *found = bsearch(&key, values, 200, sizeof *values, ascending);
  printf("%d %d %08lx %d\n", values[0], values[199], (unsigned long)mixed, found != 0 && *found == key);
}

static void strings(void) {
  char buffer[64];
  strcpy(buffer, "alpha");
  strcat(buffer, ",beta");
  strncat(buffer, ",gamma,delta", 6);
  printf("%s %u %d %d\n", buffer, (unsigned)strlen(buffer), strcmp("abc", "abd") < 0,
         strncmp("abcdef", "abcxyz", 3));
  printf("%s %s %u %u\n", strchr(buffer, ','), strrchr(buffer, ','), (unsigned)strspn("aabbc", "ab"),
         (unsigned)strcspn("xyz,", ","));
  printf("%s\n", strstr(buffer, "bet"));
  for (char *word = strtok(buffer, ","); word != 0; word = strtok(0, ",")) printf("[%s]", word);
  unsigned char bytes[48];
  for (unsigned at = 0; at < 8; at++) {
    memset(bytes, (int)at, sizeof bytes);
    memcpy(bytes + at, "0123456789abcdefghijklmnop", 20 + at);
    memmove(bytes + at + 3, bytes + at, 17);
    uint32_t sum = 0;
    for (unsigned i = 0; i < sizeof bytes; i++) sum = sum * 17 + bytes[i];
    printf(" %08lx", (unsigned long)sum);
  }
  printf(" %d %d\n", memcmp("same", "same", 4), memchr("find", 'n', 4) != 0);
}

static void heap(void) {
  void *blocks[24] = {0};
  unsigned good = 0;
  for (int round = 0; round < 200; round++) {
    unsigned at = next() % 24, size = 1 + next() % 40;
    if (blocks[at] != 0 && (next() & 1)) {
      blocks[at] = realloc(blocks[at], size);
    } else {
      free(blocks[at]);
      blocks[at] = (round & 3) == 0 ? calloc(1, size) : malloc(size);
    }
    if (blocks[at] != 0 && ((uintptr_t)blocks[at] & 3) == 0) good++;
    if (blocks[at] != 0) memset(blocks[at], round, size);
  }
  for (int i = 0; i < 24; i++) free(blocks[i]);
  printf("heap %u\n", good);
}

static jmp_buf place;

static void jump(int depth) {
  if (depth == 0) longjmp(place, 7);
  jump(depth - 1);
  printf("not reached\n");
}

static void jumping(void) {
  volatile int before = 5;
  int value = setjmp(place);
  if (value == 0) {
    before = 6;
    jump(10);
  }
  printf("jumped %d %d\n", value, before);
}

static void integers(void) {
  uint32_t mixed = 0;
  for (int i = 0; i < 60; i++) {
    int64_t a = (int64_t)(((uint64_t)next() << 32) | next());
    int64_t b = (int64_t)(((uint64_t)next() << 32) | next()) >> (i % 60);
    if (b == 0) b = 3;
    uint64_t parts[] = {(uint64_t)(a / b),
                        (uint64_t)(a % b),
                        (uint64_t)a / (uint64_t)b,
                        (uint64_t)a % (uint64_t)b,
                        (uint64_t)a * (uint64_t)b,
                        (uint64_t)(a >> (i & 63))};
    for (unsigned j = 0; j < 6; j++) mixed = mixed * 33 + (uint32_t)parts[j] + (uint32_t)(parts[j] >> 32);
    if (i % 20 == 0) printf("%08lx%08lx\n", (unsigned long)(parts[0] >> 32), (unsigned long)parts[0]);
    div_t small = div((int)a, 1 + (int)(next() % 1000));
    mixed += (uint32_t)small.quot ^ (uint32_t)small.rem;
  }
  printf("integers %08lx\n", (unsigned long)mixed);
}

static void mathematics(void) {
  static const double values[] = {0.5, 1.25, -2.75, 10.0, 123.456, -1e-3};
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
    double x = values[i], y = values[(i + 2) % 6];
    show("sin", sin(x)), show("cos", cos(x)), show("tan", tan(x)), show("exp", exp(x / 10));
    show("log", log(fabs(x))), show("log10", log10(fabs(x))), show("sqrt", sqrt(fabs(x)));
    show("pow", pow(fabs(x), y / 10)), show("fmod", fmod(x, 0.7)), show("atan2", atan2(x, y));
    show("floor", floor(x)), show("ceil", ceil(x)), show("round", round(x)), show("cbrt", cbrt(x));
    show("hypot", hypot(x, y)), show("tanh", tanh(x)), show("add", x + y), show("mul", x * y);
    show("div", x / y), show("sub", x - y), show("ldexp", ldexp(x, -3)), show("expm1", expm1(x / 50));
    show_float("sinf", sinf((float)x)), show_float("expf", expf((float)x / 10));
    show_float("logf", logf(fabsf((float)x))), show_float("sqrtf", sqrtf(fabsf((float)y)));
    show_float("powf", powf(fabsf((float)x), 0.3f)), show_float("atanf", atanf((float)x));
    show_float("divf", (float)x / (float)y), show_float("mulf", (float)x * (float)y);
    int exponent;
    show("frexp", frexp(x, &exponent));
    printf("%d %ld %ld %ld %lu\n", exponent, lrint(x), lround(y), (long)((int64_t)(x * 1e9) % 1000003),
           (unsigned long)fabs(y * 1e4));
    printf("%d %d %d %d\n", x < y, x == y, isnan(x / y), isinf(exp(1000 * x)));
  }
}

int main(void) {
  printf("static objects %d, constructors %d\n", static_objects(), constructed);
  output();
  input();
  sorting();
  strings();
  heap();
  jumping();
  integers();
  mathematics();
  printf("done\n");
  return 0;
}
