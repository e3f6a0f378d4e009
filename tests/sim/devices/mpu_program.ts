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
    case 7: __asm__ volatile("ldrt r3, [%0]" :: "r"(at & ~3u) : "r3"); break;
    case 8: __asm__ volatile("strht %1, [%0]" :: "r"(at & ~1u), "r"(0x4770)); break;
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
/* What does not depend on the Security Extension: MREGION, MRVALID, R and RW. */
#define TT_BITS 0xd00ff
static u32 targets;
static void target(u32 at) {
  u32 plain, forced;
  __asm__ volatile("tt %0, %1" : "=r"(plain) : "r"(at));
  __asm__ volatile("ttt %0, %1" : "=r"(forced) : "r"(at));
  targets = (targets * 31 + (plain & TT_BITS)) * 31 + (forced & TT_BITS);
}
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
      u32 kind = next() % 9, at = SCRATCH + next() % 0x22000, mode = next() % 3;
      if (next() % 16 == 0) at = 0xe000ed90;
      if (next() % 32 == 0) at = 0xe000e100;
      if (next() % 32 == 0) at = 0x40000000;
      if (at >= 0x40000000 && kind != 6 && at < 0xe0000000) continue;
      probe = round << 8 | i;
#if ARMV8
      if (mode == 1) drop();
      target(at);
      if (mode == 1) raise();
      if (i == 39) { hex(targets); newline(); }
#endif
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

/** Frames on stacks that may not be written or read, and vectors behind a closed region. */
export const STACK_PROGRAM = `
#define REG(a) (*(volatile u32 *)(a))
#define CTRL REG(0xe000ed94)
#define RBAR REG(0xe000ed9c)
#define RASR REG(0xe000eda0)
#define CFSR REG(0xe000ed28)
#define HFSR REG(0xe000ed2c)
#define MMFAR REG(0xe000ed34)
#define SHCSR REG(0xe000ed24)
static volatile u32 seen[64], count;
static void note(u32 value) { if (count < 64) seen[count++] = value; }
static void set(u32 region, u32 base, u32 bits, u32 ap, u32 xn) {
#if ARMV8
  REG(0xe000ed98) = region; RBAR = base | ap << 1 | xn; RASR = ((base + (1u << bits) - 1) & ~31u) | 1;
#else
  RBAR = base | 0x10 | region; RASR = xn << 28 | ap << 24 | (bits - 1) << 1 | 1;
#endif
}
#if ARMV8
#define PRIVATE 0
#define SHARED 1
#define CODE_AP 3
#else
#define PRIVATE 1
#define SHARED 3
#define CODE_AP 6
#endif
void resume(void);
__attribute__((used)) void fault_c(u32 lr) {
  u32 number; __asm__ volatile("mrs %0, ipsr" : "=r"(number));
  note(number); note(CFSR); note(HFSR); note(CFSR & 0x80 ? MMFAR : 0);
  note(lr & 0x1c); /* without the bits of the security state */
  CFSR = CFSR; HFSR = HFSR;
}
/* Gives up the frame: goes on in resume, on the main stack, privileged. */
__attribute__((naked)) void fault(void) {
  __asm__ volatile("mov r0, lr\\n push {r0, lr}\\n bl fault_c\\n pop {r0, lr}\\n"
    "ldr r1, =resume_frame\\n ldr sp, =stack_top\\n sub sp, #64\\n mov r2, #8\\n mov r3, sp\\n"
    "1: ldr r0, [r1], #4\\n str r0, [r3], #4\\n subs r2, #1\\n bne 1b\\n"
    "mov r0, #0\\n msr control, r0\\n isb\\n ldr r0, =excreturn\\n ldr r0, [r0]\\n bx r0\\n .ltorg");
}
__attribute__((used)) u32 resume_frame[8] = {0, 0, 0, 0, 0, 0, (u32)resume, 0x01000000};
__attribute__((used)) u32 excreturn = ARMV8 ? 0xfffffff9 : 0xfffffff9;
__attribute__((naked)) void svcall(void) {
  __asm__ volatile("ldr r0, =mode\\n ldr r0, [r0]\\n cmp r0, #1\\n bne 1f\\n"
    "ldr r0, =closed\\n ldr r0, [r0]\\n msr psp, r0\\n 1: bx lr\\n .ltorg");
}
volatile u32 mode, closed = SCRATCH + 0x1000;
static volatile u32 stage;
__attribute__((noinline)) static void thread(u32 psp) {
  __asm__ volatile("msr psp, %0\\n mov r3, #3\\n msr control, r3\\n isb\\n svc 0" :: "r"(psp) : "r3", "memory");
}
__attribute__((used, noreturn)) void resume(void) {
  switch (stage++) {
    case 0: /* stacking fails: the process stack is privileged memory */
      thread(SCRATCH + 0x1100);
    case 1: /* unstacking fails: the handler points it there */
      mode = 1;
      thread(SCRATCH + 0x2100);
    default:
      CTRL = 0;
      for (u32 i = 0; i < count; i++) { hex(seen[i]); if (i % 5 == 4) newline(); }
      quit();
  }
  for (;;) {}
}
int main(void) {
  set(0, CODE, 22, CODE_AP, 0);
  set(1, RAM, 18, SHARED, 1);
  set(2, SCRATCH, 12, SHARED, 1);
  set(3, SCRATCH + 0x1000, 12, PRIVATE, 1);
  set(4, SCRATCH + 0x2000, 12, SHARED, 1);
  SHCSR = 0x70000;
  CTRL = 1;
  __asm__ volatile("dsb\\n isb");
  resume();
}
`;
