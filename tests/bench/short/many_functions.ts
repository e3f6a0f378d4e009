/**
 * The source of a program whose work is spread over many functions.
 *
 * @module
 */

/**
 * A program of many functions with branches, loops and calls, none of which stands out: work like that
 * of CoreMark (lists, a state machine, a matrix, a CRC), repeated with other constants.
 */
export function manyFunctions(functions: number, rounds: number): string {
  const bodies = Array.from({ length: functions }, (_, f) => `
static __attribute__((noinline)) unsigned f${f}(unsigned x, unsigned n) {
  unsigned state = ${f % 5}, sum = x;
  for (unsigned i = 0; i < n; i++) {
    unsigned char c = text[(x + i * ${f % 7 + 1}) & 255];
    switch (state) {
      case 0: state = c < 64 ? 1 : c < 128 ? 2 : 3; sum += c; break;
      case 1: state = c & 1 ? 4 : 0; sum ^= c << ${f % 9}; break;
      case 2: state = sum & 4 ? 3 : 1; sum -= table[c & 63]; break;
      case 3: state = 0; table[(sum >> 3) & 63] += c; break;
      default: state = c > 200 ? 2 : 0; sum = (sum >> 1) ^ (0xedb88320u & -(sum & 1));
    }
  }
  if (n > 4) sum += ${f > 2 ? `f${f - 1 - f % 3}(sum, n >> 1)` : "sum"};
  return sum * ${f * 2 + 3}u;
}`);
  return `#include <stdio.h>
static unsigned char text[256];
static unsigned table[64];
${bodies.join("\n")}
int main(void) {
  for (int i = 0; i < 256; i++) text[i] = i * 167 + 13;
  unsigned sum = 1;
  for (int r = 0; r < ${rounds}; r++) {
    ${bodies.map((_, f) => `sum += f${f}(sum, 12 + (r & 7));`).join("\n    ")}
  }
  printf("%u\\n", sum);
  return 0;
}
`;
}
