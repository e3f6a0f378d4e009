/*
 * Vector table and reset handler in front of newlib's crt0, which expects a C program in memory: it clears
 * .bss, asks the host for stack and heap (SYS_HEAPINFO) and calls main.
 */
#include <stdint.h>

extern uint32_t __stack[], __data_load[], __data_start[], __data_end[];
extern void _start(void);

void Reset_Handler(void);

__attribute__((noreturn)) static void stop(void) {
  for (;;) __asm__ volatile("bkpt 0");
}

__attribute__((section(".vectors"), used)) const void *const vectors[16] = {
    __stack, Reset_Handler, stop, stop, stop, stop, stop, 0, 0, 0, 0, stop, 0, 0, stop, stop};

void Reset_Handler(void) {
#if defined(__ARM_FP)
  /* CPACR: full access to CP10 and CP11. */
  *(volatile uint32_t *)0xe000ed88u |= 0xfu << 20;
  __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
  uint32_t *from = __data_load;
  for (uint32_t *to = __data_start; to < __data_end; to++) *to = *from++;
  _start();
  stop();
}
