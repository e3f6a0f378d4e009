/**
 * The translator against the interpreter, which is its specification: random programs of all lines of
 * the instruction table, in loops, with branches, IT blocks, faults, unaligned accesses, stores into
 * their own code and limits; on memories with and without wait states. Everything that can be seen must
 * be equal.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createBus } from "../../../sim/memory/mod.ts";
import { timingModelFor } from "../../../sim/timing/mod.ts";
import { createInterpreter } from "../../../sim/cpu/mod.ts";
import { createDecoder } from "../../../sim/cpu/decoder.ts";
import type { Feature } from "../../../sim/cpu/state.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import type { EngineParts, StopReason } from "../../../sim/types.ts";
import { testBoard } from "../boards.ts";
import { assemble, createRandom } from "./testbench.ts";

const DATA = 0x2001_0400;
const STACK = 0x2001_2000;
/** Flash over AXI and through ITCM, RAM with wait states and its own data beside it, ITCM. */
const PLACES = [0x0800_1000, 0x0020_1ff0, 0x2001_0000, 0x0000_1000];
const COUNTER = 6;
const BASE = 7;

interface Program {
  readonly place: number;
  readonly code: Uint8Array;
  readonly core: EngineParts["core"];
  readonly registers: Int32Array;
  readonly faults: "report" | "vector";
  readonly limits: readonly { maxInstructions?: number; maxCycles?: number }[];
}

interface Seen {
  readonly stops: readonly StopReason[];
  readonly registers: readonly number[];
  readonly state: readonly unknown[];
  readonly counts: unknown;
  readonly memory: readonly number[];
}

function fill(random: () => number, pattern: string): number {
  let word = 0;
  for (const bit of pattern) {
    word = (word << 1) | (bit === "0" ? 0 : bit === "1" ? 1 : random() & 1);
  }
  return word >>> 0;
}

function featuresOf(core: EngineParts["core"]): Set<Feature> {
  if (core === "cortex-m0plus") return new Set<Feature>(["v6m"]);
  if (core === "cortex-m3") return new Set<Feature>(["v6m", "v8b", "v7m"]);
  return new Set<Feature>(["v6m", "v8b", "v7m", "dsp", "fp"]);
}

/** One random instruction that mostly leaves the loop's counter and base alone. */
function createGenerator(core: EngineParts["core"], random: () => number) {
  const features = featuresOf(core);
  const decoder = createDecoder(TABLE, features);
  const lines = TABLE.filter((line) => features.has(line.feature));
  const groups = new Map<string, typeof lines>();
  for (const line of lines) {
    const key = line.feature.startsWith("fp") ? "fp" : line.timing;
    groups.set(key, [...groups.get(key) ?? [], line]);
  }
  const keys = [...groups.keys(), "alu", "alu", "alu", "load", "store", "mul", "load-multiple"];
  return (inIt: boolean): number | undefined => {
    const group = groups.get(keys[random() % keys.length] ?? "") ?? [];
    const line = group[random() % group.length];
    if (line === undefined || /branch|exception|special/.test(line.timing)) return undefined;
    if (/^(bkpt|udf|svc|it)$/.test(line.name)) return undefined;
    let word = fill(random, line.pattern);
    const wide = line.pattern.length === 32;
    const at = line.pattern.indexOf("nnn");
    if (/load|store/.test(line.timing) && at >= 0 && random() % 16 !== 0) {
      const width = line.pattern.startsWith("nnnn", at) ? 4 : 3;
      const shift = line.pattern.length - at - width;
      const base = width === 4 && random() % 3 === 0 ? 13 : BASE;
      word = ((word & ~(((1 << width) - 1) << shift)) | (base << shift)) >>> 0;
    }
    const op = decoder.decode(wide ? word >>> 16 : word, word & 0xffff, 0, inIt);
    if (op === undefined || op.encoding.name === "udf") return undefined;
    const kept = [COUNTER, BASE, 15].some((kept) => op.d === kept || op.a === kept);
    const list = op.encoding.timing === "load-multiple" && (op.i & 0xe0c0) !== 0;
    return (kept || list) && random() % 64 !== 0 ? undefined : word;
  };
}

function makeProgram(seed: number): Program {
  const random = createRandom(seed);
  const core = (["cortex-m4", "cortex-m7", "cortex-m0plus", "cortex-m4", "cortex-m3"] as const)[
    random() % 5
  ] ?? "cortex-m4";
  const baseline = core === "cortex-m0plus";
  const next = createGenerator(core, random);
  const place = PLACES[random() % PLACES.length] ?? 0;
  const instruction = (inIt: boolean, narrow: boolean): number => {
    for (;;) {
      const word = next(inIt);
      if (word !== undefined && !(narrow && word > 0xffff)) return word;
    }
  };
  const words: number[] = [];
  const length = 4 + random() % 30;
  while (words.length < length) {
    const choice = random() % 12;
    if (choice === 0) {
      // Forwards, over at most a few instructions.
      words.push(0xd000 | (random() % 14 << 8) | (random() % 5));
    } else if (choice === 1 && !baseline) {
      words.push((random() & 1 ? 0xb100 : 0xb900) | (random() % 4 << 3) | (random() % 8));
    } else if (choice === 2 && !baseline) {
      const mask = 1 + random() % 15;
      words.push(0xbf00 | (random() % 14 << 4) | mask);
      const count = 4 - Math.log2(mask & -mask);
      for (let i = 0; i < count; i++) words.push(instruction(true, false));
    } else if (choice === 3) {
      // A call of what is behind the next instruction, and on from there.
      words.push(0xf000_f800);
    } else words.push(instruction(false, false));
  }
  words.push(0x3e01);
  const body = assemble(...words);
  const back = -(body.length + 4) / 2;
  if (back >= -128) words.push(0xd100 | (back & 0xff));
  else words.push(0xd000, 0xe000 | (-(body.length + 6) / 2 & 0x7ff));
  words.push(0xbeab, 0xbeab);
  const registers = Int32Array.from({ length: 13 }, () => random() >> (random() % 32));
  registers[COUNTER] = 20 + random() % 60;
  registers[BASE] = random() % 8 === 0 ? place + random() % 64 : DATA + (random() % 512) * 4;
  const limits = Array.from(
    { length: random() % 4 },
    () =>
      random() & 1 ? { maxInstructions: 1 + random() % 400 } : { maxCycles: 1 + random() % 2000 },
  );
  const faults = random() % 4 === 0 ? "vector" : "report";
  return { place, code: assemble(...words), core, registers, faults, limits };
}

function execute(program: Program, translated: boolean): Seen {
  const { place, core } = program;
  const board = testBoard({
    cpu: { core, fpu: core === "cortex-m0plus" ? "none" : "fpv4-sp-d16", clockHz: 1e6, source: "" },
  });
  const bus = createBus(board, [], { translation: translated });
  const engine = createInterpreter({
    core,
    fpu: board.cpu.fpu,
    bus,
    translation: bus.translation,
    timing: timingModelFor(core),
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: (address) => address < place + 24 ? -1 : ((address - place) >> 5) & 1,
    functionNames: ["even", "odd"],
  }, { hotAfter: 3, faults: program.faults });
  const memory = createRandom(7);
  bus.hostWrite(0x2001_0000, Uint8Array.from({ length: 0x2800 }, () => memory()));
  // Every handler is the program itself.
  const vectors = Uint32Array.from({ length: 32 }, (_, i) => i === 0 ? STACK : place | 1);
  bus.hostWrite(0x0800_0000, new Uint8Array(vectors.buffer));
  bus.hostWrite(place, program.code);
  engine.reset(0x0800_0000);
  engine.registers.set(program.registers);
  engine.state.system.cpacr = 0x00f0_0000;
  engine.invalidateAll();
  const stops: StopReason[] = [];
  for (const limits of [...program.limits, { maxInstructions: 5000 }]) {
    stops.push(engine.run(limits));
    if (stops.at(-1)?.kind !== "limit") break;
  }
  return {
    stops,
    registers: [...engine.registers],
    state: [
      engine.xpsr >>> 0,
      engine.fpscr,
      engine.state.q,
      [...engine.floatRegisters],
      { ...engine.state.system },
      [engine.state.ipsr, engine.state.control, engine.state.otherSp, [...engine.state.active]],
    ],
    counts: [engine.count(), bus.counts(), engine.functions()],
    memory: [...bus.hostRead(0x2001_0000, 0x2800)],
  };
}

Deno.test("the translator does what the interpreter does, on random programs", () => {
  const first = Number(Deno.env.get("PINMAP_SEED") ?? 1);
  const count = Number(Deno.env.get("PINMAP_CASES") ?? 100);
  const kinds = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    const program = makeProgram(seed);
    const expected = execute(program, false);
    const kind = expected.stops.at(-1)?.kind ?? "";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    assertEquals(execute(program, true), expected, `program ${seed}`);
  }
  if (count >= 100) {
    for (const kind of ["exit", "fault"]) assert((kinds.get(kind) ?? 0) > count / 20, kind);
  }
});
