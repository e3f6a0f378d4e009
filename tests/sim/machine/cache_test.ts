/**
 * The data cache as firmware uses it: identification, switching it on, reading, maintenance, a system
 * reset. Both engines count the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { loadBoard } from "../../../mod.ts";
import { createMachine, type ElfImage, type EngineName, type Machine } from "../../../sim/mod.ts";
import { assemble } from "../cpu/testbench.ts";

const FLASH = 0x0800_0000;
const SRAM1 = 0x2001_0000;
const CCR = 0xe000_ed14;
const CCSIDR = 0xe000_ed80;
const DCCISW = 0xe000_ef74;
const WORDS = 64;

/** MOVW and MOVT. */
function load(register: number, value: number): number[] {
  return [value & 0xffff, value >>> 16].map((half, top) => {
    const fields = ((half >>> 12) << 16) | (((half >>> 11) & 1) << 26) | (((half >>> 8) & 7) << 12);
    return ((top === 0 ? 0xf240_0000 : 0xf2c0_0000) | fields | (register << 8) | (half & 0xff)) >>>
      0;
  });
}

/** LDR r4, [r2]; ADDS r2, #4; SUBS r3, #1; BNE. */
const readAll = [...load(2, SRAM1), 0x2300 | WORDS, 0x6814, 0x3204, 0x3b01, 0xd1fb];

const PROGRAM = [
  ...load(0, CCSIDR),
  0x6807, // LDR r7, [r0]
  ...readAll,
  ...load(0, CCR),
  ...[0x6801, 0xf441_3180, 0x6001], // LDR r1; ORR r1, #0x10000; STR r1
  ...readAll,
  ...readAll,
  ...[...load(2, SRAM1), 0x6014], // a dirty line in set 0
  // Every set and way: r5 counts down, the sets' bits and the ways' bits of a 4 KiB cache.
  ...load(0, DCCISW),
  ...[0x2580, 0x1e6d], // MOVS r5, #128; SUBS r5, #1
  ...[0xf005_061f, 0x0176, 0x096c, 0x07a4, 0x4326, 0x6006], // r6 = set << 5 | way << 30
  ...[0x2d00, 0xd1f5], // CMP r5, #0; BNE to SUBS
  ...readAll,
  ...[0x2018, ...load(1, 0x2_0026), 0xbeab],
];

function run(board: Awaited<ReturnType<typeof loadBoard>>, engine: EngineName): Machine {
  const data = new Uint8Array(512);
  data.set(new Uint8Array(Uint32Array.of(0x2000_1000, FLASH + 9).buffer));
  data.set(assemble(...PROGRAM), 8);
  const elf: ElfImage = {
    ...{ file: "cache.elf", entry: FLASH + 9, flags: 0, sections: [], symbols: [] },
    segments: [{
      ...{ index: 0, type: 1, vaddr: FLASH, paddr: FLASH, filesz: data.length },
      ...{ memsz: data.length, flags: 5, offset: 0, data },
    }],
    symbol: () => undefined,
    section: () => undefined,
  };
  const machine = createMachine(board, elf, { engine, timing: "cortex-m7-dcache-1" });
  assertEquals(machine.run({ maxInstructions: 10_000 }), { kind: "exit", code: 0 });
  return machine;
}

Deno.test("firmware switches the data cache on, cleans and invalidates it", async () => {
  const board = await loadBoard("stm32f746g-disco");
  const region = board.regions.find(({ name }) => name === "sram1");
  const { read = 0, write = 0 } = region?.waitStates ?? {};
  const width = (region?.width ?? 32) / 8;
  const fill = 32 / Math.min(8, width) + read * (32 / width);
  const writeBack = 32 / Math.min(8, width) + write * (32 / width);
  const lines = WORDS / 8;
  const [interpreted, translated] = [run(board, "interpreter"), run(board, "translator")];
  const counts = translated.counts();
  assertEquals(counts, interpreted.counts());
  const sram1 = counts.regions.find(({ name }) => name === "sram1");
  // Off: wait states. Then 8 fills, hits, after the maintenance 8 fills again.
  assertEquals(sram1?.read, {
    accesses: 4 * WORDS,
    bytes: 16 * WORDS,
    cycles: WORDS * read + 2 * lines * fill,
  });
  assertEquals(sram1?.write, { accesses: 1, bytes: 4, cycles: writeBack });
  // 32 sets, 4 ways, lines of 8 words.
  assertEquals((translated.engine.registers[7] ?? 0) >>> 0, 0xf003_e019);
  assert(translated.notes().some((note) => note.startsWith("data cache of 4 KiB modelled")));
  assert(translated.timing.accuracy.includes("upper bound"));
  translated.reset();
  assertEquals(translated.run({ maxInstructions: 10_000 }), { kind: "exit", code: 0 });
  assertEquals(translated.counts(), counts);
});
