/**
 * The translator against the interpreter, which is its specification: random programs of all lines of
 * the instruction table, in loops, with branches, IT blocks, faults, unaligned accesses, stores into
 * their own code and limits; interrupts at random cycles; on memories with and without wait states. Everything that can be seen must
 * be equal.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createBus } from "../../../sim/memory/mod.ts";
import { timingFor } from "../../../sim/timing/mod.ts";
import { createInterpreter } from "../../../sim/cpu/mod.ts";
import { createSystemControl } from "../../../sim/devices/scs.ts";
import { createDecoder } from "../../../sim/cpu/decoder.ts";
import type { Feature } from "../../../sim/cpu/architecture.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import type { EngineParts, SequenceTiming, StopReason } from "../../../sim/types.ts";
import { testBoard } from "../boards.ts";
import { assemble, createRandom } from "./testbench.ts";

const DATA = 0x2001_0400;
const STACK = 0x2001_2000;
/** Flash over AXI and through ITCM, RAM with wait states and its own data beside it, ITCM. */
const PLACES = [0x0800_1000, 0x0020_1ff0, 0x2001_0000, 0x0000_1000];
/** Interrupt handler, and the word in which it leaves what ran in which order. */
const HANDLER = 0x0800_3000;
const ORDER = 0x2001_2400;
const SCS = 0xe000;
const COUNTER = 6;
const BASE = 7;

const FPUS: Partial<Record<EngineParts["core"], EngineParts["fpu"]>> = {
  "cortex-m0plus": "none",
  "cortex-m7": "fpv5-d16",
  "cortex-m23": "none",
  "cortex-m33": "fpv5-sp-d16",
};

/**
 * Rules like those of real pipelines: every second narrow instruction of the data-processing class is
 * free (dual issue), a loaded register that is used at once costs one more, a branch
 * counts as a load, so that it matters how an instruction was reached, and costs more at odd halfwords.
 * State: bit 0 if the younger slot is free, above it the register loaded last plus 1.
 */
const SEQUENCE: SequenceTiming = {
  step(state, { address, encoding, size, n, m, d, count }) {
    const loaded = state >> 1;
    const waits = loaded !== 0 && (n === loaded - 1 || m === loaded - 1) ? 1 : 0;
    const pairs = (state & 1) !== 0 && encoding.timing === "alu" && size === 2;
    const loads = encoding.timing === "load" ? (d + 1) << 1 : 0;
    return {
      cost: (pairs ? 0 : 1) + waits + count,
      next: loads | (pairs ? 0 : 1),
      taken: ((m & 3) + 1) << 1,
      branch: address & 2,
    };
  },
};

const NEIGHBOURS = timingFor(
  testBoard({
    cpu: { core: "cortex-m3", fpu: "none", clockHz: 1e6, source: "" },
  }).cpu,
  "cortex-m3-neighbours-1",
).sequence;

interface Program {
  readonly place: number;
  readonly code: Uint8Array;
  readonly core: EngineParts["core"];
  readonly registers: Int32Array;
  readonly floats: Int32Array;
  readonly fpscr: number;
  readonly faults: "report" | "vector";
  /** True if costs depend on neighbours. */
  readonly sequence: boolean;
  /** True if the data cache is on, in the timing model that has one. */
  readonly cached: boolean;
  readonly limits: readonly { maxInstructions?: number; maxCycles?: number }[];
  readonly interrupts: Interrupts | undefined;
}

/** Interrupts of a program: when their lines rise and fall, their priorities, a timer. */
interface Interrupts {
  readonly lines: readonly {
    readonly cycle: number;
    readonly number: number;
    readonly high: boolean;
  }[];
  readonly priorities: readonly number[];
  readonly grouping: number;
  readonly reload: number;
  /** SLEEPONEXIT, SEVONPEND. */
  readonly sleep: number;
}

interface Seen {
  readonly stops: readonly StopReason[];
  readonly registers: readonly number[];
  readonly state: readonly unknown[];
  readonly counts: unknown;
  readonly memory: readonly number[];
  /** What interrupt handlers left; 0 if none ran. */
  readonly order: number;
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
  if (core === "cortex-m23") return new Set<Feature>(["v6m", "v8b", "v8m"]);
  const features = new Set<Feature>(["v6m", "v8b", "v7m", "dsp", "fp"]);
  if (core === "cortex-m33") features.add("v8m").add("v8mm").add("fp5");
  if (core === "cortex-m7") features.add("fp5").add("fp64");
  return features;
}

/** A word that is a float of some kind: mostly of ordinary size or a small integer, sometimes odd. */
function randomFloat(random: () => number): number {
  const kind = random() % 16;
  if (kind === 0) return random() | 0;
  const value = kind < 6
    ? (random() % 64) - 32
    : kind < 14
    ? (random() / 2 ** 31 - 1) * 2 ** ((random() % 40) - 20)
    : [0, -0, Infinity, NaN, 2 ** -130, 3e38, 0.5, 16777217][random() % 8] ?? 0;
  return new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

/** Registers of floats; some pairs are doubles instead. */
function randomFloats(random: () => number): Int32Array {
  const words = Int32Array.from({ length: 32 }, () => randomFloat(random));
  const doubles = new Float64Array(words.buffer);
  const singles = new Float32Array(words.buffer);
  for (let i = 0; i < 16; i++) if (random() & 1) doubles[i] = singles[i * 2] ?? 0;
  return words;
}

/** One random instruction that mostly leaves the loop's counter and base alone. */
function createGenerator(core: EngineParts["core"], random: () => number, sleeps: boolean) {
  const features = featuresOf(core);
  const decoder = createDecoder(TABLE, features);
  const lines = TABLE.filter((line) => features.has(line.feature));
  const groups = new Map<string, typeof lines>();
  for (const line of lines) {
    const key = line.feature.startsWith("fp") ? line.feature : line.timing;
    groups.set(key, [...groups.get(key) ?? [], line]);
  }
  const keys = random() % 3 === 0 && features.has("fp")
    ? ["fp", "fp", "fp", features.has("fp64") ? "fp64" : "fp", "alu", "load"]
    : [...groups.keys(), "alu", "alu", "alu", "load", "store", "mul", "load-multiple"];
  return (inIt: boolean): number | undefined => {
    const group = groups.get(keys[random() % keys.length] ?? "") ?? [];
    const line = group[random() % group.length];
    if (line === undefined || /branch|exception|special/.test(line.timing)) return undefined;
    if (/^(bkpt|udf|svc|it)$/.test(line.name)) return undefined;
    if (/^wf[ei]$/.test(line.name) && !sleeps) return undefined;
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

const CORES = [
  "cortex-m4",
  "cortex-m7",
  "cortex-m0plus",
  "cortex-m4",
  "cortex-m3",
  "cortex-m33",
  "cortex-m23",
] as const;

function makeProgram(seed: number): Program {
  const random = createRandom(seed);
  const core = CORES[random() % CORES.length] ?? "cortex-m4";
  const baseline = core === "cortex-m0plus" || core === "cortex-m23";
  const interrupts = random() % 4 !== 0 ? makeInterrupts(random) : undefined;
  const next = createGenerator(core, random, interrupts !== undefined && interrupts.reload > 0);
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
    } else if (choice === 4) {
      // ADR r4 to here or a little further; ADDS r4, #1; BX r4 or MOV pc, r4.
      words.push(0xa400 | (1 + random() % 3), 0x3401, random() & 1 ? 0x4720 : 0x46a7);
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
  const floats = randomFloats(random);
  const fpscr = (random() % 3 === 0 ? 0 : 16) |
    (random() % 8 === 0 ? (random() % 16) << 22 : 0);
  const cached = core === "cortex-m7" && (random() & 1) !== 0;
  const sequence = random() % 3 === 0;
  const code = assemble(...words);
  return {
    place,
    code,
    core,
    registers,
    floats,
    fpscr,
    faults,
    limits,
    cached,
    sequence,
    interrupts,
  };
}

function makeInterrupts(random: () => number): Interrupts {
  const lines = Array.from({ length: 4 + random() % 12 }, () => ({
    cycle: random() % (random() % 2 === 0 ? 4000 : 300),
    number: random() % 16 === 0 ? -14 : random() % 20,
    high: random() % 3 !== 0,
  }));
  return {
    lines,
    priorities: Array.from({ length: 36 }, () => random() % 256),
    grouping: random() % 8,
    reload: random() % 2 === 0 ? 20 + random() % 700 : 0,
    sleep: random() % 8 === 0 ? random() & 0x12 : 0,
  };
}

/** What the handler does: shifts the word at ORDER and adds the exception's number. */
function handler(): Uint8Array {
  // ldr r0, =ORDER; ldr r1, [r0]; lsls r1, #1; mrs r2, ipsr; adds r1, r2; str r1, [r0]; bx lr
  const code = assemble(0x4803, 0x6801, 0x0049, 0xf3ef_8205, 0x1889, 0x6001, 0x4770);
  const bytes = new Uint8Array(20);
  bytes.set(code);
  new DataView(bytes.buffer).setUint32(16, ORDER, true);
  return bytes;
}

function execute(program: Program, translated: boolean): Seen {
  const { place, core } = program;
  const cpu = {
    ...{ core, fpu: FPUS[core] ?? "fpv4-sp-d16", clockHz: 1e6, source: "" },
    // So small that lines are replaced.
    dcache: { size: 512, ways: 4, line: 32 },
  };
  const plain = testBoard({ cpu });
  const regions = plain.regions.map((region) => ({
    ...region,
    port: region.name === "sram1" || region.name === "flash" ? "axim" : "tcm",
  }));
  const board = { ...plain, regions };
  const timing = {
    ...timingFor(cpu, program.cached ? "cortex-m7-dcache-1" : undefined),
    ...program.sequence && { sequence: program.core === "cortex-m3" ? NEIGHBOURS : SEQUENCE },
  };
  const bus = createBus(board, [], { translation: translated, memoryTiming: timing.memory });
  const engine = createInterpreter({
    core,
    fpu: board.cpu.fpu,
    bus,
    translation: bus.translation,
    timing,
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: (address) => address < place + 24 ? -1 : ((address - place) >> 5) & 1,
    functionNames: ["even", "odd"],
  }, { hotAfter: 3, faults: program.faults });
  const memory = createRandom(7);
  bus.hostWrite(0x2001_0000, Uint8Array.from({ length: 0x2800 }, () => memory()));
  bus.hostWrite(ORDER, new Uint8Array(4));
  // The handlers of faults are the program itself.
  const vectors = Uint32Array.from(
    { length: 64 },
    (_, i) => i === 0 ? STACK : i === 2 || i >= 15 ? HANDLER | 1 : place | 1,
  );
  bus.hostWrite(HANDLER, handler());
  bus.hostWrite(0x0800_0000, new Uint8Array(vectors.buffer));
  bus.hostWrite(place, program.code);
  engine.reset(0x0800_0000);
  engine.registers.set(program.registers);
  engine.floatRegisters.set(program.floats);
  engine.state.system.cpacr = 0x00f0_0000;
  engine.state.system.fpdscr = program.fpscr & 0x07c0_0000;
  engine.fpscr = program.fpscr;
  engine.invalidateAll();
  const system = createSystemControl(engine, { model: bus.model?.cache });
  bus.attach(system);
  const { interrupts } = program;
  if (interrupts !== undefined) {
    const { lines, priorities, grouping, reload, sleep } = interrupts;
    for (const { cycle, number, high } of lines) {
      engine.schedule.at(cycle, () => engine.setInterrupt(number, high));
    }
    priorities.forEach((priority, index) => {
      const offset = index < 12 ? SCS + 0xd18 + index : SCS + 0x400 + index - 12;
      system.write(offset, 1, priority);
    });
    system.write(SCS + 0xd0c, 4, 0x05fa_0000 | (grouping << 8));
    system.write(SCS + 0x100, 4, 0xf_ffff);
    system.write(SCS + 0xd10, 4, sleep);
    system.write(SCS + 0x14, 4, reload);
    if (reload > 0) system.write(SCS + 0x10, 4, 7);
  }
  bus.model?.cache?.enable(true);
  const stops: StopReason[] = [];
  for (const limits of [...program.limits, { maxInstructions: 5000 }]) {
    stops.push(engine.run(limits));
    const last = stops.at(-1);
    if (last?.kind !== "limit" || last.what === "sleep") break;
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
      [[...engine.state.pending], engine.state.event, engine.state.sleep, engine.takenFaults()],
    ],
    counts: [engine.count(), bus.counts(), engine.functions()],
    memory: [...bus.hostRead(0x2001_0000, 0x2800)],
    order: new DataView(bus.hostRead(ORDER, 4).buffer).getInt32(0, true),
  };
}

Deno.test("the translator does what the interpreter does, on random programs", () => {
  const first = Number(Deno.env.get("PINMAP_SEED") ?? 1);
  const count = Number(Deno.env.get("PINMAP_CASES") ?? 100);
  const kinds = new Map<string, number>();
  let interrupted = 0;
  for (let seed = first; seed < first + count; seed++) {
    const program = makeProgram(seed);
    const expected = execute(program, false);
    const kind = expected.stops.at(-1)?.kind ?? "";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (expected.order !== 0) interrupted++;
    assertEquals(execute(program, true), expected, `program ${seed}`);
  }
  if (count >= 100) {
    for (const kind of ["exit", "fault"]) assert((kinds.get(kind) ?? 0) > count / 20, kind);
    assert(interrupted > count / 5, `${interrupted} programs were interrupted`);
  }
});
