import { assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { boardOf, buildFor, type Peer, runHere } from "../qemu.ts";

/** Regions below 256 B do not exist; a violation, and a fetch from peripherals, is a HardFault. */
const PROGRAM = `
#define R(a) (*(volatile u32 *)(a))
static volatile u32 faults;
__attribute__((used)) void fault_c(u32 *frame) {
  faults++;
  u32 number; __asm__ volatile("mrs %0, ipsr" : "=r"(number));
  if (number != 3) faults += 100;
  if ((frame[6] >> 28) == 4) frame[6] = frame[5] & ~1u; else frame[6] += 2;
}
__attribute__((naked)) void fault(void) { __asm__ volatile("mrs r0, msp\\n ldr r1, =fault_c\\n bx r1\\n .ltorg"); }
static void set(u32 region, u32 base, u32 bits, u32 ap) {
  R(0xe000ed9c) = base | 0x10 | region;
  R(0xe000eda0) = ap << 24 | (bits - 1) << 1 | 1;
}
int main(void) {
  hex(R(0xe000ed90));
  set(0, 0x20200000, 7, 0); hex(R(0xe000eda0) & 1);
  set(1, 0x20200100, 8, 5); hex(R(0xe000eda0) & 1);
  R(0xe000ed94) = 5;
  *(volatile u32 *)0x20200000 = 1; hex(faults);
  (void)*(volatile u32 *)0x20200100; hex(faults);
  *(volatile u32 *)0x20200100 = 1; hex(faults);
  *(volatile u32 *)0x20200200 = 1; hex(faults);
  R(0xe000ed94) = 0;
  *(volatile u32 *)0x20200100 = 1; hex(faults);
  ((void (*)(void))0x40000001)(); hex(faults);
  return 0;
}
`;

need(
  { tools: ["arm-none-eabi-gcc"] },
  "The MPU of Armv6-M has regions from 256 B and raises HardFault",
  () => {
    const peer: Peer = {
      machine: "",
      core: "cortex-m0plus",
      cpu: "cortex-m0plus",
      code: 0,
      ram: 0x2000_0000,
      mpuRegions: 8,
      armv8: false,
    };
    const elf = buildFor(peer, PROGRAM);
    try {
      for (const engine of ["interpreter", "translator"] as const) {
        const values = runHere(peer, elf, { engine }, boardOf(peer), 100_000).console().trim()
          .split(" ").map((text) => parseInt(text, 16));
        assertEquals(values, [0x800, 0, 1, 0, 0, 1, 1, 1, 2], engine);
      }
    } finally {
      elf.remove();
    }
  },
);
