/* What the programs share: semihosting output, system registers, start-up. */
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define ICSR REG(0xe000ed04u)
#define VTOR REG(0xe000ed08u)
#define AIRCR REG(0xe000ed0cu)
#define CCR REG(0xe000ed14u)
#define SHPR2 REG(0xe000ed1cu)
#define SHPR3 REG(0xe000ed20u)
#define SHPR1 REG(0xe000ed18u)
#define SHCSR REG(0xe000ed24u)
#define CFSR REG(0xe000ed28u)
#define HFSR REG(0xe000ed2cu)
#define MMFAR REG(0xe000ed34u)
#define BFAR REG(0xe000ed38u)
#define CPACR REG(0xe000ed88u)
#define FPCCR REG(0xe000ef34u)
#define FPCAR REG(0xe000ef38u)
#define SYST_CSR REG(0xe000e010u)
#define SYST_RVR REG(0xe000e014u)
#define SYST_CVR REG(0xe000e018u)
#define NVIC_ISER REG(0xe000e100u)
#define NVIC_ISPR REG(0xe000e200u)
#define NVIC_IABR REG(0xe000e300u)
#define NVIC_IPR(n) (*(volatile uint8_t *)(0xe000e400u + (n)))

extern uint32_t stack_top, bss_start, bss_end;
void Reset_Handler(void);
void run(void);

static inline void semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
__attribute__((unused)) static void print(const char *text) { semihost(4, text); }
__attribute__((unused)) static void print_hex(const char *name, uint32_t value) {
  char text[24];
  char *to = text;
  *to++ = ' ';
  while (*name) *to++ = *name++;
  *to++ = '=';
  for (int shift = 28; shift >= 0; shift -= 4) *to++ = "0123456789abcdef"[(value >> shift) & 15];
  *to = 0;
  print(text);
}
__attribute__((noreturn, unused)) static void stop(void) {
  semihost(0x18, (const void *)0x20026);
  for (;;) {}
}
void Reset_Handler(void) {
  for (uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
  run();
  stop();
}
