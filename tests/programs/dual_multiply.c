/*
 * Q after dual multiplications whose products overflow together, with accumulators that bring the sum
 * back and that do not (DDI 0403E, A7.7, SMLAD, SMUAD); libunicorn 2.0.1 sets Q in both cases.
 */
#include <stdint.h>
#include <stdio.h>

static const uint32_t values[] = {0x80008000, 0x7fff7fff, 0x80007fff, 1};
static const uint32_t sums[] = {0x80008000, 0, 0x7fffffff, 0xffffffff};

#define TRY(text)                                                                      \
  do {                                                                                 \
    uint32_t result, flags;                                                            \
    __asm__ volatile("msr apsr_nzcvq, %2\n" text "\nmrs %1, apsr"                      \
                     : "=&r"(result), "=&r"(flags)                                     \
                     : "r"(0), "r"(values[i]), "r"(values[j]), "r"(sums[k]));          \
    printf(" %08lx %lu", (unsigned long)result, (unsigned long)(flags >> 27 & 1));     \
  } while (0)

int main(void) {
  for (unsigned i = 0; i < 4; i++) {
    for (unsigned j = 0; j < 4; j++) {
      for (unsigned k = 0; k < 4; k++) {
        printf("%u%u%u", i, j, k);
        TRY("smlad %0, %3, %4, %5");
        TRY("smladx %0, %3, %4, %5");
        TRY("smlsd %0, %3, %4, %5");
        TRY("smuad %0, %3, %4");
        printf("\n");
      }
    }
  }
  return 0;
}
