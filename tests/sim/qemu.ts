/**
 * C programs on QEMU's Arm MPS2 boards and on the same boards here, for tests that compare what they
 * print.
 *
 * @module
 */
import type { Board, CoreName } from "../../src/board/types.ts";
import { createMachine, type Machine, type MachineOptions, parseElf } from "../../sim/mod.ts";
import { timingModelFor } from "../../sim/timing/mod.ts";
import { region, testBoard } from "./boards.ts";
import { link, type Linked } from "./link.ts";

/** One of QEMU's machines. */
export interface Peer {
  /** QEMU's `-M`. */
  readonly machine: string;
  readonly core: CoreName;
  /** GCC's `-mcpu`. */
  readonly cpu: string;
  /** Memory for code, 4 MiB. */
  readonly code: number;
  /** Memory for data, 4 MiB. */
  readonly ram: number;
  /** Regions of its memory protection unit. */
  readonly mpuRegions: number;
  /** Armv8-M. */
  readonly armv8: boolean;
}

/** QEMU's boards by core; the Cortex-M33 starts in its secure state. */
export const PEERS: readonly Peer[] = [
  { machine: "mps2-an385", core: "cortex-m3", cpu: "cortex-m3", code: 0, ram: 0x2000_0000 },
  { machine: "mps2-an386", core: "cortex-m4", cpu: "cortex-m4", code: 0, ram: 0x2000_0000 },
  { machine: "mps2-an500", core: "cortex-m7", cpu: "cortex-m7", code: 0, ram: 0x2000_0000 },
  {
    machine: "mps2-an505",
    core: "cortex-m33",
    cpu: "cortex-m33",
    code: 0x1000_0000,
    ram: 0x3800_0000,
  },
].map((peer) => {
  const armv8 = peer.core === "cortex-m33";
  return { ...peer, armv8, mpuRegions: armv8 ? 16 : 8 } as Peer;
});

/** The board of a peer, as far as programs for {@linkcode buildFor} see it. */
export function boardOf(peer: Peer, fields: Partial<Board> = {}): Board {
  return testBoard({
    name: peer.machine,
    cpu: {
      core: peer.core,
      fpu: "none",
      clockHz: 25_000_000,
      mpuRegions: peer.mpuRegions,
      bitBand: peer.core === "cortex-m3" || peer.core === "cortex-m4",
      source: "test",
    },
    vectorTable: peer.code,
    regions: [
      region({ name: "ram", origin: peer.ram, length: 0x40_0000 }),
      region({
        name: "code",
        kind: "nvm",
        origin: peer.code,
        length: 0x40_0000,
        access: { read: true, write: false, execute: true },
      }),
    ],
    aliases: [],
    ...fields,
  });
}

/** Start-up, semihosting and numbers as text; `handlers` are entries 2 to 15 of the vector table. */
export const RUNTIME = `
typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned short u16;
extern u32 stack_top, bss_start, bss_end, data_start, data_end, data_load;
int main(void);
void hang(void) { for (;;) {} }
void fault(void);
void svcall(void);
void pendsv(void);
void systick(void);
void irq(void);
void Reset_Handler(void);
#define IRQ4 irq, irq, irq, irq
#define IRQ16 IRQ4, IRQ4, IRQ4, IRQ4
__attribute__((section(".vectors"), used)) void *const vectors[] = {
  &stack_top, Reset_Handler, fault, fault, fault, fault, fault, fault, 0, 0, 0, svcall, 0, 0, pendsv,
  systick, IRQ16, IRQ16, IRQ16, IRQ16,
};
static inline int semihost(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}
static inline void print(const char *text) { semihost(4, text); }
static inline void hex(u32 value) {
  char text[10];
  for (int i = 0; i < 8; i++) text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  text[8] = ' '; text[9] = 0;
  print(text);
}
static inline void newline(void) { print("\\n"); }
void quit(void) { semihost(0x18, (void *)0x20026); hang(); }
void *memset(void *to, int value, u32 n) { u8 *t = to; while (n--) *t++ = (u8)value; return to; }
void *memcpy(void *to, const void *from, u32 n) {
  u8 *t = to; const u8 *f = from; while (n--) *t++ = *f++; return to;
}
void Reset_Handler(void) {
  for (u32 *from = &data_load, *to = &data_start; to < &data_end;) *to++ = *from++;
  for (u32 *to = &bss_start; to < &bss_end;) *to++ = 0;
  main();
  quit();
}
`;

/** Compiles a program with {@linkcode RUNTIME}. */
export function buildFor(peer: Peer, c: string, flags: readonly string[] = []): Linked {
  return link({
    c: RUNTIME + c,
    flags: [
      `-mcpu=${peer.cpu}${peer.cpu === "cortex-m33" ? "+nodsp" : ""}`,
      "-Wno-attributes",
      ...flags,
    ],
    script: `
ENTRY(Reset_Handler)
MEMORY {
  code (rx) : ORIGIN = ${peer.code}, LENGTH = 4M
  ram (rwx) : ORIGIN = ${peer.ram}, LENGTH = 4M
}
PROVIDE(fault = hang);
PROVIDE(svcall = hang);
PROVIDE(pendsv = hang);
PROVIDE(systick = hang);
PROVIDE(irq = hang);
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > code
  .text : { *(.text*) *(.rodata*) . = ALIGN(4); } > code
  .data : { data_start = .; *(.data*) . = ALIGN(4); data_end = .; } > ram AT> code
  data_load = LOADADDR(.data);
  .bss (NOLOAD) : { bss_start = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; } > ram
  .stack (NOLOAD) : { . = ALIGN(8); . += 8K; stack_top = .; } > ram
  /DISCARD/ : { *(.ARM.exidx*) *(.comment) *(.ARM.attributes) }
}
`,
  });
}

/** What a program prints on QEMU: semihosting, then its first serial port. */
export function runQemu(peer: Peer, elf: string, args: readonly string[] = []): string {
  const result = new Deno.Command("timeout", {
    args: [
      ...["20", "qemu-system-arm", "-M", peer.machine, "-nographic", "-monitor", "none"],
      ...(args.includes("-serial") ? [] : ["-serial", "none"]),
      ...["-semihosting-config", "enable=on,target=native", "-kernel", elf, ...args],
    ],
    stdin: "null",
  }).outputSync();
  const text = new TextDecoder();
  if (result.code === 124) throw new Error(`QEMU did not end: ${text.decode(result.stdout)}`);
  return text.decode(result.stdout) + text.decode(result.stderr);
}

/** A program on the peer's board here, to its end. */
export function runHere(
  peer: Peer,
  elf: Linked,
  options: MachineOptions = {},
  board: Board = boardOf(peer),
  limit = 100_000_000,
): Machine {
  const timing = timingModelFor(peer.core === "cortex-m33" ? "cortex-m4" : peer.core);
  const machine = createMachine(board, parseElf(elf.bytes, elf.path), {
    timing,
    faults: "vector",
    ...options,
  });
  const stop = machine.run({ maxInstructions: limit });
  if (stop.kind !== "exit") throw new Error(`${JSON.stringify(stop)} after ${machine.console()}`);
  return machine;
}
