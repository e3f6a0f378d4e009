/*
 * Conversions between floating point and fixed point in all rounding modes. To fixed point they round
 * toward zero, from it to nearest, whatever FPSCR says (DDI 0403E, A7.7, VCVT between floating-point and
 * fixed-point); libunicorn 2.0.1 uses FPSCR's mode for the second.
 */
#include <stdint.h>
#include <stdio.h>

static const int32_t values[] = {0x7fffffff, -0x7fffffff, 0x01000001, -0x01000003, 0x12345678, 1, -1};

int main(void) {
  for (unsigned mode = 0; mode < 4; mode++) {
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
      union {
        int32_t i;
        float f;
        uint32_t u;
      } s32 = {values[i]}, u32 = {values[i]}, back;
      uint32_t fpscr;
      __asm__ volatile("vmsr fpscr, %0" : : "r"(mode << 22));
      __asm__ volatile("vcvt.f32.s32 %0, %0, #5" : "+t"(s32.f));
      __asm__ volatile("vcvt.f32.u32 %0, %0, #1" : "+t"(u32.f));
      back.f = s32.f / 3;
      __asm__ volatile("vcvt.s32.f32 %0, %0, #3" : "+t"(back.f));
      __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
      printf("%u %08lx %08lx %08lx %02lx\n", mode, (unsigned long)s32.u, (unsigned long)u32.u,
             (unsigned long)back.u, (unsigned long)(fpscr & 0x9f));
    }
  }
  return 0;
}
