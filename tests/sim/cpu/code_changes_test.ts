/**
 * Translated code of memory that changes: overlays loaded again and again at one address, a loop that
 * rewrites its own instruction, and more hot functions than units are kept. The interpreter must see the
 * same, and both what the program's arithmetic says.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createBus } from "../../../sim/memory/mod.ts";
import { createInterpreter, type Interpreter } from "../../../sim/cpu/mod.ts";
import { MOST_UNITS } from "../../../sim/cpu/wasm/accelerator.ts";
import { timingFor } from "../../../sim/timing/mod.ts";
import { ROOT } from "../../support/paths.ts";
import { testBoard } from "../boards.ts";
import { assemble } from "./testbench.ts";

const MAIN = 0x0800_0400;
const RAM = 0x2001_0000;
const ITCM = 0x400;

function machine(translated: boolean, code: Readonly<Record<number, readonly number[]>>) {
  const board = testBoard();
  const bus = createBus(board, [], { translation: translated });
  const engine = createInterpreter({
    ...{ core: "cortex-m7", fpu: "none", bus, translation: bus.translation },
    timing: timingFor(board.cpu),
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: (address) => address >>> 24,
    functionNames: Array.from({ length: 256 }, (_, i) => `f${i}`),
  }, { hotAfter: 4 });
  bus.hostWrite(0x0800_0000, new Uint8Array(Uint32Array.of(0x2001_2000, MAIN | 1).buffer));
  for (const [address, words] of Object.entries(code)) {
    bus.hostWrite(Number(address), assemble(...words));
  }
  engine.reset(0x0800_0000);
  return { bus, engine };
}

/** Runs both engines; gives registers of one after everything was equal. */
function both(
  code: Readonly<Record<number, readonly number[]>>,
  registers: readonly number[],
): Int32Array {
  const runs = [false, true].map((translated) => {
    const { bus, engine } = machine(translated, code);
    engine.registers.set(registers);
    assertEquals(engine.run({ maxInstructions: 1e6 }), { kind: "exit", code: 0 });
    return { registers: engine.registers, seen: seenOf(engine, bus) };
  });
  assertEquals(runs[1]?.seen, runs[0]?.seen);
  return runs[1]?.registers ?? new Int32Array();
}

function seenOf(engine: Interpreter, bus: ReturnType<typeof createBus>): unknown {
  return [[...engine.registers], engine.count(), bus.counts(), engine.functions()];
}

const OVERLAYS = 4;
const CALLS = 30;
const ROUNDS = 25;

Deno.test("overlays at one address run as what was loaded last", () => {
  // For each round and overlay: copy 16 bytes to r2, DSB, ISB, call it some times.
  const main = [
    ...[0x2400, 0x1939],
    ...[0x680b, 0x6013, 0x684b, 0x6053, 0x688b, 0x6093, 0x68cb, 0x60d3],
    ...[0xf3bf_8f4f, 0xf3bf_8f6f, 0x2500 | CALLS],
    ...[0x47e0, 0x3d01, 0xd1fc],
    ...[0x3410, 0x2c00 | (OVERLAYS * 16), 0xd1eb, 0x3e01, 0xd1e8, 0xbeab],
  ];
  // ADDS r0, #i + 1; LSLS r0, r0, #1 or EORS r0, r5; BX lr
  const overlay = (i: number): number[] => [
    ...[0x3001 + i, i % 2 === 0 ? 0x0040 : 0x4068, 0x4770],
    ...[0xbf00, 0xbf00, 0xbf00, 0xbf00, 0xbf00],
  ];
  const overlays = Array.from({ length: OVERLAYS }, (_, i) => overlay(i)).flat();
  let expected = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < OVERLAYS; i++) {
      for (let calls = CALLS; calls > 0; calls--) {
        expected = (expected + i + 1) | 0;
        expected = i % 2 === 0 ? expected << 1 : expected ^ calls;
      }
    }
  }
  for (const place of [ITCM, RAM]) {
    const registers = [0, 0, place, 0, 0, 0, ROUNDS, MAIN + 0x200, 0, 0, 0, 0, place | 1];
    const result = both({ [MAIN]: main, [MAIN + 0x200]: overlays }, registers);
    assertEquals(result[0], expected);
  }
});

Deno.test("a loop that rewrites its own instruction runs what it wrote", () => {
  // ADDS r0, #1 at r2, whose immediate grows each time: LDRH r3; ADDS r3, #1; STRH r3.
  const loop = [0x3001, 0x8813, 0x3301, 0x8013, 0x3e01, 0xd1f9, 0xbeab];
  const rounds = 200;
  // BX r2 with the Thumb bit, from flash.
  const registers = [0, 0, RAM, 0, RAM | 1, 0, rounds];
  const result = both({ [MAIN]: [0x4720], [RAM]: loop }, registers);
  assertEquals(result[0], (rounds * (rounds + 1)) / 2);
});

Deno.test("a hot function that another one rewrites is translated again", () => {
  // Some calls of r12, then its ADDS gets the next immediate; the writer is hot and in another place.
  const main = [
    ...[0x2514, 0x47e0, 0x3d01, 0xd1fc],
    ...[0x8813, 0x3301, 0x8013, 0x3e01, 0xd1f6, 0xbeab],
  ];
  const rounds = 100;
  const registers = [0, 0, RAM, 0, 0, 0, rounds, 0, 0, 0, 0, 0, RAM | 1];
  const result = both({ [MAIN]: main, [RAM]: [0x3001, 0x4770] }, registers);
  assertEquals(result[0], 20 * (rounds * (rounds + 1)) / 2);
});

Deno.test("thousands of hot functions: units are dropped, and the host frees them", async () => {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--v8-flags=--expose-gc"],
      ...[`${ROOT}/tests/sim/cpu/many_functions.ts`, "6000", "3"],
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { compiled, kept, equal } = JSON.parse(new TextDecoder().decode(stdout));
  assert(equal);
  assert(compiled > MOST_UNITS, `${compiled} units compiled`);
  assert(kept <= MOST_UNITS, `${kept} units kept`);
});
