/* A small preemptive kernel: two threads on their own process stacks, SysTick asks for PendSV, PendSV
   switches the context, with the floating-point registers where there are any; SVC yields. What is printed
   depends on the threads' results only, not on time. */
#include "support.h"

#define STACK_WORDS 256
#define THREADS 2
/* To Thread mode, process stack, without floating-point state. */
#if __ARM_ARCH >= 8
#define EXC_RETURN_THREAD 0xffffffbcu
#else
#define EXC_RETURN_THREAD 0xfffffffdu
#endif

typedef struct {
  uint32_t *sp;
  uint32_t finished;
} thread;

static thread threads[THREADS];
static uint32_t stacks[THREADS][STACK_WORDS] __attribute__((aligned(8)));
static uint32_t current;
static volatile uint32_t ticks, switches, yields, preempted;
static volatile uint32_t results[THREADS];

static volatile uint32_t ticked;

static void yield(void) { __asm__ volatile("svc 1" ::: "memory"); }
static void pass_on(void) { __asm__ volatile("svc 2" ::: "memory"); }

/* Values that live in many registers at once, integer and floating point, over thousands of rounds. */
static uint32_t work(uint32_t seed, uint32_t rounds) {
  uint32_t a = seed, b = seed ^ 0x9e3779b9u, c = seed * 31u, d = ~seed, e = 7, f = 11;
#ifdef WITH_FP
  float w = (float)(seed & 0xff), x = 1.5f, y = 0.25f, z = 3.0f;
#endif
  for (uint32_t i = 0; i < rounds; i++) {
    a += b ^ (c << 3); b = (b >> 5) | (d << 27); c ^= e * 2654435761u; d += f; e += a & 7; f ^= b;
#ifdef WITH_FP
    w = w * 0.5f + x; x = x + y * 0.125f; y = z - y * 0.75f; z = z * 0.25f + 1.0f;
    if (x > 1000.0f) x = 0.5f;
#endif
    if ((i & 1023) == 1023) yield();
  }
#ifdef WITH_FP
  union { float f; uint32_t u; } sum = { w + x + y + z };
  a ^= sum.u;
#endif
  return a ^ b ^ c ^ d ^ e ^ f;
}

static void thread_main(uint32_t number) {
  results[number] = work(number * 77777u + 12345u, 100000);
  /* However fast the machine is: not before the timer has interrupted a thread at work. */
  while (ticks < 5 || preempted == 0) {}
  threads[number].finished = 1;
  for (;;) {
    if (threads[0].finished && threads[1].finished && number == 0) {
      print("first"); print_hex("a", results[0]); print_hex("b", results[1]); print("\n");
      print(switches > 40 ? "switched\n" : "not switched\n");
      print(ticks > 2 ? "ticked\n" : "not ticked\n");
      print(yields == 194 ? "yielded\n" : "not yielded\n");
      print(preempted > 0 ? "preempted\n" : "not preempted\n");
      stop();
    }
    __asm__ volatile("wfi");
    pass_on();
  }
}

static uint32_t *prepare(uint32_t number) {
  uint32_t *sp = &stacks[number][STACK_WORDS];
  *--sp = 1u << 24;
  *--sp = (uint32_t)thread_main & ~1u;
  *--sp = 0;
  *--sp = 0x12121212u; *--sp = 0x03030303u; *--sp = 0x02020202u; *--sp = 0x01010101u;
  *--sp = number;
  for (int i = 0; i < 8; i++) *--sp = 0;
  *--sp = EXC_RETURN_THREAD;
  return sp;
}

void SysTick_Handler(void) {
  ticks++;
  ticked = 1;
  ICSR = 1u << 28;
}

__attribute__((used)) static void svc(uint32_t number) {
  if (number == 1) yields++;
  ICSR = 1u << 28;
}
__attribute__((naked)) void SVC_Handler(void) {
  __asm__ volatile(
      "mrs r0, psp\n ldr r0, [r0, #24]\n subs r0, #2\n ldrb r0, [r0]\n"
      "ldr r1, =svc\n bx r1\n .ltorg\n");
}

__attribute__((used)) static uint32_t *next_thread(uint32_t *sp) {
  if (ticked && !threads[current].finished) preempted++;
  ticked = 0;
  threads[current].sp = sp;
  current = (current + 1) % THREADS;
  switches++;
  return threads[current].sp;
}
__attribute__((naked)) void PendSV_Handler(void) {
  __asm__ volatile(
      "mrs r0, psp\n"
#ifdef WITH_FP
      "tst lr, #0x10\n it eq\n vstmdbeq r0!, {s16-s31}\n"
#endif
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
      "subs r0, #36\n mov r1, r0\n mov r2, lr\n stmia r1!, {r2, r4-r7}\n"
      "mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n stmia r1!, {r4-r7}\n"
      "bl next_thread\n"
      "mov r1, r0\n adds r1, #20\n ldmia r1!, {r4-r7}\n"
      "mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"
      "ldmia r0!, {r2, r4-r7}\n adds r0, #16\n msr psp, r0\n bx r2\n"
#else
      "stmdb r0!, {r4-r11}\n str lr, [r0, #-4]!\n"
      "bl next_thread\n"
      "ldr lr, [r0], #4\n ldmia r0!, {r4-r11}\n"
#ifdef WITH_FP
      "tst lr, #0x10\n it eq\n vldmiaeq r0!, {s16-s31}\n"
#endif
      "msr psp, r0\n bx lr\n"
#endif
  );
}

void run(void) {
#ifdef WITH_FP
  CPACR |= 0xfu << 20;
  __asm__ volatile("dsb\n isb");
#endif
  for (uint32_t i = 0; i < THREADS; i++) threads[i].sp = prepare(i);
  SHPR3 = (0xffu << 16) | (0x40u << 24);
  SYST_RVR = 999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  /* The first thread starts as if it had been switched to. */
  register uint32_t *sp __asm__("r0") = threads[0].sp + 9;
  __asm__ volatile(
      "msr psp, %0\n movs r1, #2\n msr control, r1\n isb\n"
      "pop {r0-r3}\n pop {r4, r5, r6}\n mov r12, r4\n adds r6, #1\n bx r6\n" ::"r"(sp)
      : "memory");
}

__attribute__((section(".vectors"), used)) void *const vectors[48] = {
  [0] = &stack_top, [1] = Reset_Handler, [11] = SVC_Handler, [14] = PendSV_Handler, [15] = SysTick_Handler,
};
