/**
 * What becomes one unit of translated code: a loop that is entered in two places, a state machine whose
 * `switch` is a table branch; and that a place with little work in it stays interpreted. Both engines
 * must agree.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createBus } from "../../../sim/memory/mod.ts";
import { createInterpreter } from "../../../sim/cpu/mod.ts";
import { SELECT, structure } from "../../../sim/cpu/wasm/structure.ts";
import { timingFor } from "../../../sim/timing/mod.ts";
import { testBoard } from "../boards.ts";
import { assemble } from "./testbench.ts";

const MAIN = 0x0800_0400;
const ROUNDS = 400;
const HOT_AFTER = 500;

/** For r4 rounds: a loop of r4 turns, entered at its head or its middle; seven turns of a state machine. */
const CODE = [
  ...[0x4620, 0x0843, 0xd200, 0x3205, 0x4042, 0x3801, 0xd1fb], // MOV, LSRS, BCS middle; ADDS, EORS, SUBS, BNE
  ...[0x2007, 0xe8df, 0xf001, 0x0502, 0x0009], // MOVS r0, #7; TBB [pc, r1] with three targets
  ...[0x3201, 0x2101, 0xe006], // state 0: ADDS, MOVS r1, #1, B next
  ...[0x3203, 0x2102, 0x3801, 0xd004], // state 1: ADDS, MOVS r1, #2, SUBS, BEQ end; goes on as state 2
  ...[0x0052, 0x2100, 0xe7ff], // state 2: LSLS, MOVS r1, #0, B next
  ...[0x3801, 0xd1ef, 0x3c01, 0xd1e5, 0xbeab], // next: SUBS, BNE; end: SUBS r4, BNE; BKPT
];

/** Runs the program; gives what it left behind and how many units were compiled. */
function run(translated: boolean, rounds: number): readonly [seen: unknown, units: number] {
  const board = testBoard();
  const bus = createBus(board, [], { translation: translated });
  const engine = createInterpreter({
    ...{ core: "cortex-m7", fpu: "none", bus, translation: bus.translation },
    timing: timingFor(board.cpu),
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: () => 0,
    functionNames: ["main"],
  }, { hotAfter: HOT_AFTER });
  bus.hostWrite(0x0800_0000, new Uint8Array(Uint32Array.of(0x2001_2000, MAIN | 1).buffer));
  bus.hostWrite(MAIN, assemble(...CODE));
  engine.reset(0x0800_0000);
  engine.registers.set([0, 0, 0, 0, rounds]);
  const original = WebAssembly.Module;
  let units = 0;
  WebAssembly.Module = class extends original {
    constructor(bytes: BufferSource) {
      super(bytes);
      units++;
    }
  };
  try {
    assertEquals(engine.run({ maxInstructions: 1e6 }), { kind: "exit", code: 0 });
  } finally {
    WebAssembly.Module = original;
  }
  return [[[...engine.registers], engine.count(), bus.counts(), engine.functions()], units];
}

Deno.test("loops with two entries and state machines run in translated code, equally", () => {
  const [expected] = run(false, ROUNDS);
  const [seen, units] = run(true, ROUNDS);
  assertEquals(seen, expected);
  // The first loop, and whatever else gets hot before it leads there: not one for each state.
  assert(units >= 1 && units <= 3, `${units} units`);
});

Deno.test("what runs a few times is not translated", () => {
  const [expected] = run(false, 10);
  assertEquals(run(true, 10), [expected, 0]);
});

Deno.test("a graph without an odd loop has no node that selects", () => {
  const edges: Record<number, readonly number[]> = { 1: [2, 4], 2: [3], 3: [2, 4], 4: [] };
  const plain = structure(1, (node) => edges[node] ?? []);
  assertEquals(plain.selected, []);
  assertEquals(plain.placed.get(2)?.loop, true);
  assertEquals(plain.irreducible(3, 2), false);
});

Deno.test("a loop that is entered in two places is entered through the node that selects", () => {
  const edges: Record<number, readonly number[]> = { 1: [2, 3], 2: [3], 3: [2, 4], 4: [] };
  const { selected, placed, irreducible } = structure(1, (node) => edges[node] ?? []);
  const [entry, other] = selected;
  assertEquals([selected.length, entry], [2, 1]);
  assertEquals(placed.get(SELECT)?.loop, true);
  assert(other === 2 ? irreducible(3, 2) : irreducible(2, 3), `${selected}`);
  assertEquals(placed.size, 5);
});
