/**
 * What interrupts cost the emulator: one program without and with SysTick at 1 kHz (168 MHz core clock),
 * on the same board, in turns. Prints million instructions a second of the
 * fastest round; never a test.
 *
 * `deno task bench:interrupts`, with `RUNS=5` for more rounds.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { loadBoard } from "../../src/board/mod.ts";
import { createMachine, type ElfImage, parseElf } from "../../sim/mod.ts";

const HZ = 1000;

const SOURCE = `
#include <stdint.h>
#define REG(address) (*(volatile uint32_t *)(address))
static volatile uint32_t ticks;
static uint32_t data[1024], copy[1024];
static int8_t a[4096], b[4096];
static int32_t c[4096];
volatile uint32_t result;
void tick(void) { ticks++; }
static __attribute__((noinline)) uint32_t crc(void) {
  uint32_t crc = ~0u;
  for (int i = 0; i < 1024; i++) {
    crc ^= data[i];
    for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
  }
  return crc;
}
static __attribute__((noinline)) void move(void) {
  for (int i = 0; i < 1024; i++) { copy[i] = data[i]; __asm__ volatile("" ::: "memory"); }
}
static __attribute__((noinline)) void multiply(void) {
  for (int i = 0; i < 64; i++) for (int j = 0; j < 64; j++) {
    int32_t sum = 0;
    for (int k = 0; k < 64; k++) sum += a[i * 64 + k] * b[k * 64 + j];
    c[i * 64 + j] = sum;
  }
}
static __attribute__((noinline)) void sort(void) {
  for (int i = 1; i < 256; i++) {
    uint32_t x = copy[i];
    int j = i;
    while (j > 0 && copy[j - 1] > x) { copy[j] = copy[j - 1]; j--; }
    copy[j] = x;
  }
}
void reset(void) {
#ifdef RELOAD
  REG(0xe000e014) = RELOAD; REG(0xe000e018) = 0; REG(0xe000e010) = 7;
#endif
  for (int i = 0; i < 1024; i++) data[i] = i * 2654435761u;
  for (int i = 0; i < 4096; i++) { a[i] = i * 7; b[i] = i * 13; }
  uint32_t sum = 0;
  for (int r = 0; r < 600; r++) {
    sum += crc(); move(); multiply(); sort();
    sum += c[5] + copy[9]; data[r & 1023] += sum;
  }
  result = sum;
  register int r0 __asm__("r0") = 0x18;
  register int r1 __asm__("r1") = 0x20026;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
__attribute__((section(".vectors"), used)) void *const vectors[16] = {
  (void *)0x20010000, reset, [15] = tick,
};
`;

const SCRIPT = `
MEMORY { flash (rx) : ORIGIN = 0x08000000, LENGTH = 64K  sram (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
ENTRY(reset)
SECTIONS { .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > flash  .bss (NOLOAD) : { *(.bss*) } > sram }
`;

function build(folder: string, name: string, defines: readonly string[]): ElfImage {
  const path = `${folder}/${name}.elf`;
  Deno.writeTextFileSync(`${folder}/program.c`, SOURCE);
  Deno.writeTextFileSync(`${folder}/program.ld`, SCRIPT);
  const args = ["-mcpu=cortex-m4", "-mthumb", "-O2", "-ffreestanding", "-nostdlib", ...defines];
  const linking = `-Wl,-T,${folder}/program.ld,--no-warn-rwx-segments`;
  const { success, stderr } = new Deno.Command("arm-none-eabi-gcc", {
    args: [...args, linking, "-o", path, `${folder}/program.c`],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return parseElf(Deno.readFileSync(path), path);
}

const board = await loadBoard("stm32f407g-disco");
const folder = Deno.makeTempDirSync();
const reload = board.cpu.clockHz / HZ - 1;
const programs = [
  ["without", build(folder, "without", [])],
  [`SysTick at ${HZ} Hz`, build(folder, "with", [`-DRELOAD=${reload}`])],
] as const;
Deno.removeSync(folder, { recursive: true });

const speeds = new Map<string, number[]>();
for (let round = 0; round < Number(Deno.env.get("RUNS") ?? 5); round++) {
  for (const [name, elf] of programs) {
    const machine = createMachine(board, elf);
    const start = performance.now();
    const stop = machine.run({ maxInstructions: 4e9 });
    const seconds = (performance.now() - start) / 1000;
    if (stop.kind !== "exit") throw new Error(`${name} stopped with ${JSON.stringify(stop)}`);
    const { instructions } = machine.counts();
    speeds.set(name, [...speeds.get(name) ?? [], instructions / seconds / 1e6]);
  }
}
/** The fastest round: what the machine does besides can only slow a round down. */
const fastest = (name: string): number => Math.max(...speeds.get(name) ?? [0]);
for (const [name] of programs) {
  console.log(`${name.padEnd(20)} ${fastest(name).toFixed(0)} M instructions/s`);
}
const [without, ticking] = programs.map(([name]) => fastest(name));
console.log(`ratio                ${((ticking ?? 0) / (without ?? 1)).toFixed(2)}`);
