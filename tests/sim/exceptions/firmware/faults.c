/* Provokes each fault from a thread on the process stack and prints what the handler sees: exception,
   status registers, fault addresses, EXC_RETURN, and the stacked PC and xPSR where a frame was written. */
#include "support.h"

#define NOWHERE 0x50000000u
#define NO_CODE 0x18000001u

typedef struct {
  const char *name;
  void (*run)(void);
  /* Handlers enabled in SHCSR. */
  uint32_t enabled;
  /* A frame was written completely. */
  uint32_t framed;
} probe;

enum { MEM = 1u << 16, BUS = 1u << 17, USAGE = 1u << 18 };

static uint32_t thread_stack[256] __attribute__((aligned(8)));
static volatile uint32_t at;
static volatile uint32_t svc_action;
static const probe probes[];

static void undefined(void) { __asm__ volatile("udf #1"); }
static void no_thumb(void) { __asm__ volatile("ldr r3, =0x100\n bx r3\n .ltorg" ::: "r3"); }
static void divide(void) {
  CCR |= 1u << 4;
  __asm__ volatile("movs r2, #5\n movs r3, #0\n udiv r2, r2, r3" ::: "r2", "r3");
}
static void unaligned(void) {
  CCR |= 1u << 3;
  __asm__ volatile("ldr r3, =0x20000001\n ldr r3, [r3]\n b 1f\n .ltorg\n 1:" ::: "r3");
}
static void unaligned_half(void) {
  CCR |= 1u << 3;
  __asm__ volatile("ldr r3, =0x20000003\n strh r3, [r3]\n b 1f\n .ltorg\n 1:" ::: "r3");
}
static void unaligned_pair(void) {
  __asm__ volatile("ldr r3, =0x20000002\n ldrd r2, r3, [r3]\n b 1f\n .ltorg\n 1:" ::: "r2", "r3");
}
static void coprocessor(void) { __asm__ volatile(".inst.w 0xee110510"); }
static void load_nowhere(void) { (void)REG(NOWHERE + 16); }
static void store_nowhere(void) { REG(NOWHERE + 32) = 1; __asm__ volatile("dsb"); }
__attribute__((unused)) static void fetch_nowhere(void) { ((void (*)(void))NO_CODE)(); }
static void fetch_device(void) { ((void (*)(void))0xe0000001u)(); }
static void mask_svc(void) { __asm__ volatile("cpsid i\n svc 0\n cpsie i"); }
static void from_svc(uint32_t action) {
  svc_action = action;
  /* Returns to a multiple of 4: QEMU 7.2 reports any other address without Thumb bit as UNALIGNED. */
  __asm__ volatile(".balign 4\n nop\n svc 0" ::: "memory");
}
static void bad_return(void) { from_svc(1); }
static void return_to_handler(void) { from_svc(2); }
static void bad_unstack(void) { from_svc(3); }
static void nested_svc(void) { from_svc(4); }
static void nested_undefined(void) { from_svc(5); }
static void thread_in_frame(void) { from_svc(6); }
static void no_thumb_in_frame(void) { from_svc(7); }
static void bad_stack(void) {
  __asm__ volatile("msr psp, %0\n isb\n svc 0" ::"r"(NOWHERE + 256) : "memory");
}
static void bad_stack_undefined(void) {
  __asm__ volatile("msr psp, %0\n isb\n udf #2" ::"r"(NOWHERE + 256) : "memory");
}
#ifdef WITH_FP
static void fp_disabled(void) {
  CPACR = 0;
  __asm__ volatile("dsb\n isb\n vadd.f32 s0, s0, s0");
}
static void lazy_nowhere(void) {
  CPACR = 0xfu << 20;
  __asm__ volatile("dsb\n isb\n vmov s0, %0" ::"r"(1));
  from_svc(8);
}
static void lazy_state(void) {
  CPACR = 0xfu << 20;
  __asm__ volatile("dsb\n isb\n vmov s0, %0" ::"r"(1));
  from_svc(9);
}
#endif

static const probe probes[] = {
  { "undefined", undefined, 0, 1 },
  { "undefined, UsageFault enabled", undefined, USAGE, 1 },
  { "no Thumb bit", no_thumb, USAGE, 1 },
  { "division by zero", divide, USAGE, 1 },
  { "unaligned word", unaligned, USAGE, 1 },
  { "unaligned halfword", unaligned_half, 0, 1 },
  { "unaligned pair", unaligned_pair, USAGE, 1 },
  { "coprocessor", coprocessor, USAGE, 1 },
  { "load from nowhere", load_nowhere, 0, 1 },
  { "load from nowhere, BusFault enabled", load_nowhere, BUS, 1 },
  { "store to nowhere", store_nowhere, BUS, 1 },
#ifndef WITHOUT_FETCH
  { "fetch from nowhere", fetch_nowhere, BUS, 1 },
#endif
  { "fetch from a device", fetch_device, 0, 1 },
  { "fetch from a device, MemManage enabled", fetch_device, MEM, 1 },
  { "SVC with PRIMASK", mask_svc, 0, 1 },
  { "invalid EXC_RETURN", bad_return, USAGE, 1 },
  { "EXC_RETURN to Handler mode from the base", return_to_handler, USAGE, 0 },
  { "unstacking from nowhere", bad_unstack, BUS, 0 },
  { "SVC in SVC", nested_svc, 0, 1 },
  { "undefined in SVC, UsageFault of the same priority", nested_undefined, USAGE, 1 },
  { "frame of a handler, return to Thread mode", thread_in_frame, USAGE, 1 },
  { "frame without Thumb bit", no_thumb_in_frame, USAGE, 1 },
  { "stacking to nowhere", bad_stack, BUS, 0 },
  { "stacking to nowhere, BusFault disabled", bad_stack, 0, 0 },
  { "stacking to nowhere for UsageFault", bad_stack_undefined, USAGE, 0 },
#ifdef WITH_FP
  { "FPU disabled", fp_disabled, USAGE, 1 },
  { "lazy state to nowhere", lazy_nowhere, BUS, 1 },
  { "lazy state", lazy_state, 0, 1 },
#endif
};

static void thread(void) {
  for (;;) {
    if (at == sizeof probes / sizeof probes[0]) stop();
    const probe *now = &probes[at++];
    CCR = 1u << 9;
    SHCSR = now->enabled;
    svc_action = 0;
    print(now->name);
    now->run();
    print(" no fault\n");
  }
}

/* A frame that starts the thread anew, on an empty stack. */
static void restart(void) {
  uint32_t *sp = &thread_stack[256] - 8;
  for (int i = 0; i < 6; i++) sp[i] = 0;
  sp[6] = (uint32_t)thread & ~1u;
  sp[7] = 1u << 24;
  __asm__ volatile("cpsie i\n msr psp, %0" ::"r"(sp));
}

__attribute__((used)) static void report(const uint32_t *frame, uint32_t lr) {
  const probe *now = &probes[at - 1];
  uint32_t exception = ICSR & 0x1ff;
  print_hex("exc", exception);
  print_hex("cfsr", CFSR);
  print_hex("hfsr", HFSR);
  if (CFSR & 0x80) print_hex("mmfar", MMFAR);
  if (CFSR & 0x8000) print_hex("bfar", BFAR);
  print_hex("lr", lr);
  print_hex("active", SHCSR & 0xfff);
  if (now->framed) {
    uint32_t base = (uint32_t)now->run & ~1u, pc = frame[6];
    print_hex(pc - base < 64 ? "offset" : "pc", pc - base < 64 ? pc - base : pc);
    print_hex("xpsr", frame[7] & ~(1u << 9) & 0x0fffffffu);
  }
  print("\n");
  CFSR = CFSR;
  HFSR = HFSR;
  uint32_t own = exception == 4 ? 1 : exception == 5 ? 2 : exception == 6 ? 8 : 0;
  SHCSR = (SHCSR & ~0xfffu) | own;
#ifdef WITH_FP
  FPCCR &= ~1u;
  CPACR = 0xfu << 20;
#endif
  restart();
}
#define HANDLER(name) \
  __attribute__((naked)) void name(void) { \
    __asm__ volatile( \
        "tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n mov r1, lr\n" \
        "bl report\n ldr r0, =0xfffffffd\n bx r0\n .ltorg\n"); \
  }
HANDLER(Fault_Handler)

/* What happens in the SVC handler: r0 is EXC_RETURN. Gives the EXC_RETURN to use. */
__attribute__((used)) static uint32_t svc(uint32_t lr) {
  uint32_t *frame;
  __asm__ volatile("mrs %0, psp" : "=r"(frame));
  switch (svc_action) {
    case 1: return 0xfffffff5u;
    case 2:
      for (uint32_t *to = &stack_top; to < &stack_top + 16;) *to++ = 0;
      return 0xfffffff1u;
    case 3: __asm__ volatile("msr psp, %0" ::"r"(NOWHERE)); return lr;
    case 4: __asm__ volatile("svc 0"); return lr;
    case 5: __asm__ volatile("udf #3"); return lr;
    case 6: frame[7] |= 11; return lr;
    case 7: frame[7] &= ~(1u << 24); return lr;
#ifdef WITH_FP
    case 8:
      FPCAR = NOWHERE + 64;
      __asm__ volatile("vmov s1, %0" ::"r"(2));
      return lr;
    case 9:
      print_hex("fpccr", FPCCR & 0xc0000009u);
      print_hex("reserved", FPCAR - (uint32_t)frame);
      frame[8] = frame[24] = 0x55555555u;
      __asm__ volatile("vmov s0, %0" ::"r"(2));
      print_hex("fpccr", FPCCR & 0xc0000009u);
      print_hex("s0", frame[8]);
      return lr;
#endif
  }
  return lr;
}
__attribute__((naked)) void SVC_Handler(void) {
  __asm__ volatile("mov r0, lr\n bl svc\n bx r0\n");
}

void run(void) {
  restart();
  __asm__ volatile("movs r0, #2\n msr control, r0\n isb\n bx %0" ::"r"(thread) : "r0", "memory");
}

__attribute__((section(".vectors"), used)) void *const vectors[48] = {
  [0] = &stack_top, [1] = Reset_Handler, [3] = Fault_Handler, [4] = Fault_Handler, [5] = Fault_Handler,
  [6] = Fault_Handler, [11] = SVC_Handler,
};
