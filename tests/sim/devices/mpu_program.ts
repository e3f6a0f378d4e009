/**
 * A program that sets up memory protection at random and probes it, for comparison with QEMU.
 *
 * @module
 */

/** C for `buildFor`; needs `SCRATCH` (1 MiB of RAM), `RAM`, `CODE`, `REGIONS`, `ARMV8`, `SEED`, `ROUNDS`. */
export const MPU_PROGRAM = `
#define REG(a) (*(volatile u32 *)(a))
#define TYPE REG(0xe000ed90)
#define CTRL REG(0xe000ed94)
#define RNR REG(0xe000ed98)
#define RBAR REG(0xe000ed9c)
#define RASR REG(0xe000eda0)
#define CFSR REG(0xe000ed28)
#define HFSR REG(0xe000ed2c)
#define MMFAR REG(0xe000ed34)
#define BFAR REG(0xe000ed38)
#define SHCSR REG(0xe000ed24)
static u32 seed = SEED;
static u32 next(void) { seed = seed * 1664525u + 1013904223u; return seed >> 8; }
struct entry { u32 probe, number, cfsr, mmfar, bfar; };
static struct entry seen[4096];
static volatile u32 count, probe;
__attribute__((used)) void fault_c(u32 *frame) {
  u32 number, cfsr = CFSR;
  __asm__ volatile("mrs %0, ipsr" : "=r"(number));
  if (count < 4096) {
    seen[count].probe = probe;
    seen[count].number = number | (HFSR >> 16);
    seen[count].cfsr = cfsr;
    seen[count].mmfar = (cfsr & 0x80) ? MMFAR : 0;
    seen[count].bfar = (cfsr & 0x8000) ? BFAR : 0;
    count++;
  }
  CFSR = cfsr; HFSR = HFSR;
  if (cfsr & 0x101) frame[6] = frame[5] & ~1u;
  else frame[6] += (*(u16 *)frame[6] >> 11) >= 0x1d ? 4 : 2;
}
__attribute__((naked)) void fault(void) {
  __asm__ volatile("tst lr, #4\\n ite eq\\n mrseq r0, msp\\n mrsne r0, psp\\n b fault_c");
}
__attribute__((naked)) void svcall(void) {
  __asm__ volatile("mrs r0, control\\n bic r0, #1\\n msr control, r0\\n bx lr");
}
static void drop(void) {
  __asm__ volatile("mrs r3, control\\n orr r3, #1\\n msr control, r3\\n isb" ::: "r3", "memory");
}
static void raise(void) { __asm__ volatile("svc 0" ::: "r0", "memory"); }
static void access(u32 kind, u32 at) {
  switch (kind) {
    case 0: (void)*(volatile u8 *)at; break;
    case 1: (void)*(volatile u16 *)(at & ~1u); break;
    case 2: (void)*(volatile u32 *)(at & ~3u); break;
    case 3: *(volatile u8 *)at = (at & 1) ? 0x47 : 0x70; break;
    case 4: *(volatile u16 *)(at & ~1u) = 0x4770; break;
    case 5: *(volatile u32 *)(at & ~3u) = 0x47704770; break;
    default: ((void (*)(void))((at & ~1u) | 1))(); break;
  }
}
#if ARMV8
static void set(u32 region, u32 base, u32 bits, u32 ap, u32 xn, u32 subregions, u32 on) {
  RNR = region;
  RBAR = (base & ~31u) | (ap & 3) << 1 | xn;
  RASR = ((base + (1u << bits) - 1) & ~31u) | on;
  (void)subregions;
}
#define AP_ANY 1
#define AP_CODE 3
#else
static void set(u32 region, u32 base, u32 bits, u32 ap, u32 xn, u32 subregions, u32 on) {
  RBAR = (base & ~((1u << bits) - 1)) | 0x10 | region;
  RASR = xn << 28 | ap << 24 | 0x60000 | subregions << 8 | (bits - 1) << 1 | on;
}
#define AP_ANY 3
#define AP_CODE 6
#endif
int main(void) {
  for (u32 i = 0; i < 0x100000; i += 4) *(volatile u32 *)(SCRATCH + i) = 0x47704770;
  hex(TYPE); newline();
  for (u32 round = 0; round < ROUNDS; round++) {
    u32 background = next() & 1, strict = next() & 1;
    CTRL = 0;
    set(0, CODE, 22, AP_CODE, 0, 0, 1);
    set(1, RAM, 18, AP_ANY, 1, 0, 1);
    for (u32 region = 2; region < REGIONS; region++) {
      u32 ap = next() & 7, bits = 5 + next() % 13;
      if (ap == 4) ap = 2;
      set(region, SCRATCH + next() % 0x20000, bits, ap, next() & 1, next() % 3 ? 0 : next() & 255,
        next() % 4 != 0);
    }
    SHCSR = next() & 1 ? 0x70000 : 0;
    CTRL = background << 2 | strict << 1 | 1;
    __asm__ volatile("dsb\\n isb");
    for (u32 i = 0; i < 40; i++) {
      u32 kind = next() % 7, at = SCRATCH + next() % 0x22000, mode = next() % 3;
      if (next() % 16 == 0) at = 0xe000ed90;
      if (next() % 32 == 0) at = 0xe000e100;
      if (next() % 32 == 0) at = 0x40000000;
      if (at >= 0x40000000 && kind != 6 && at < 0xe0000000) continue;
      probe = round << 8 | i;
      if (at >= 0xe0000000 && (kind < 6)) kind = 2;
      if (mode == 1) drop();
      if (mode == 2 && !strict) {
        __asm__ volatile("cpsid f");
        if (at < SCRATCH + 0x20000) access(kind, at);
        __asm__ volatile("cpsie f");
      } else access(kind, at);
      if (mode == 1) raise();
    }
  }
  CTRL = 0;
  hex(count); newline();
  for (u32 i = 0; i < count; i++) {
    hex(seen[i].probe); hex(seen[i].number); hex(seen[i].cfsr); hex(seen[i].mmfar); hex(seen[i].bfar);
    newline();
  }
  return 0;
}
`;
