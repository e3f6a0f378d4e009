/*
 * Start-up: vector table and reset handler.
 *
 * Clocks, caches, flash prefetch and accelerators are left as reset leaves them: off. The firmware then
 * runs with the plain wait states that the board file gives, and a product sets them up as it needs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>

#include "pinmap_runtime.h"

/* System control block, ARMv6-M and ARMv7-M reference manuals, B3.2. */
#define SCB_VTOR (*(volatile uint32_t *)0xe000ed08u)
#define SCB_CPACR (*(volatile uint32_t *)0xe000ed88u)

/* One section that lies in flash and runs in RAM; sizes are multiples of 4 bytes. */
struct pinmap_copy {
  const uint32_t *from;
  uint32_t *to;
  uint32_t bytes;
};

/* From the linker script. */
extern const struct pinmap_copy __pinmap_copy_table_start[];
extern const struct pinmap_copy __pinmap_copy_table_end[];
extern uint32_t __pinmap_bss_start[];
extern uint32_t __pinmap_bss_end[];
extern uint32_t __pinmap_stack_top[];

extern int main(void);

void Reset_Handler(void);
void pinmap_default_handler(void);

/* A fault stops in the debugger; without one the core locks up, which a watchdog sees. */
void pinmap_default_handler(void) {
  for (;;) {
    __asm__ volatile("bkpt 0");
  }
}

#define WEAK_HANDLER __attribute__((weak, alias("pinmap_default_handler")))
void NMI_Handler(void) WEAK_HANDLER;
void HardFault_Handler(void) WEAK_HANDLER;
void MemManage_Handler(void) WEAK_HANDLER;
void BusFault_Handler(void) WEAK_HANDLER;
void UsageFault_Handler(void) WEAK_HANDLER;
void SVC_Handler(void) WEAK_HANDLER;
void DebugMon_Handler(void) WEAK_HANDLER;
void PendSV_Handler(void) WEAK_HANDLER;
void SysTick_Handler(void) WEAK_HANDLER;

/* The core's own exceptions; external interrupts are never enabled. */
struct pinmap_vectors {
  uint32_t *stack_top;
  void (*handlers[15])(void);
};

extern const struct pinmap_vectors pinmap_vectors;

__attribute__((section(".pinmap.vectors"), used)) const struct pinmap_vectors pinmap_vectors = {
    __pinmap_stack_top,
    {
        Reset_Handler,
        NMI_Handler,
        HardFault_Handler,
#if defined(__ARM_ARCH_6M__)
        0,
        0,
        0,
#else
        MemManage_Handler,
        BusFault_Handler,
        UsageFault_Handler,
#endif
        0,
        0,
        0,
        0,
        SVC_Handler,
#if defined(__ARM_ARCH_6M__)
        0,
#else
        DebugMon_Handler,
#endif
        0,
        PendSV_Handler,
        SysTick_Handler,
    },
};

void Reset_Handler(void) {
  /* A boot ROM or a debugger may have come first. */
  SCB_VTOR = (uint32_t)&pinmap_vectors;
#if defined(__ARM_FP)
  /* CP10 and CP11: without full access the first floating-point instruction faults. */
  SCB_CPACR |= 0xfu << 20;
#endif
  __asm__ volatile("dsb\n\tisb" ::: "memory");
  for (const struct pinmap_copy *copy = __pinmap_copy_table_start; copy != __pinmap_copy_table_end;
       copy++) {
    memcpy(copy->to, copy->from, copy->bytes);
  }
  memset(__pinmap_bss_start, 0,
         (uint32_t)((uintptr_t)__pinmap_bss_end - (uintptr_t)__pinmap_bss_start));
  pinmap_exit(main());
}
