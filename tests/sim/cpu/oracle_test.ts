/**
 * Every line of the instruction table against libunicorn: random operands, random registers and flags,
 * fixed seed; registers, flags and memory must be equal.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import type { Encoding } from "../../../sim/cpu/op.ts";
import { createDecoder, type Decoder } from "../../../sim/cpu/decoder.ts";
import { type Bench, CODE, createBench, createRandom, DATA, SIZE, START } from "./testbench.ts";
import { openOracle, type Oracle } from "./unicorn.ts";

/** The oracle's errors after a branch to where no code is: the branch itself has been executed. */
const FETCH_UNMAPPED = 8;
const EXCEPTION = 21;

const NEEDS = { tools: ["libunicorn.so.2"] };

/**
 * Lines that are not compared, each with its reason. They have tests of their own.
 */
const EXCEPTED = new Map<string, string>([
  ["svc", "ends the oracle's run"],
  ["bkpt", "ends the oracle's run"],
  ["udf", "ends the oracle's run"],
  ["wfi", "halts the oracle"],
  ["wfe", "halts the oracle"],
  ["yield", "ends the oracle's run"],
  ["cps", "the oracle has a security state and no interrupt controller"],
  ["mrs", "special registers differ: no interrupt controller in the oracle"],
  ["msr", "special registers differ: no interrupt controller in the oracle"],
  ["it", "compared together with the instructions behind it"],
  ["strex", "compared after its load exclusive"],
  ["strexb", "compared after its load exclusive"],
  ["strexh", "compared after its load exclusive"],
  ["bxns", "the oracle has the Security Extension and runs in Secure state"],
  ["blxns", "the oracle has the Security Extension and runs in Secure state"],
  ["sg", "the oracle has the Security Extension and runs in Secure state"],
  ["tt", "the oracle has an MPU and a security attribution unit"],
  ["ttt", "the oracle has an MPU and a security attribution unit"],
  ["tta", "undefined without the Security Extension"],
  ["ttat", "undefined without the Security Extension"],
  ["stlex", "compared after its load exclusive"],
  ["stlexb", "compared after its load exclusive"],
  ["stlexh", "compared after its load exclusive"],
  ["vlldm", "undefined without the Security Extension"],
  ["vlstm", "undefined without the Security Extension"],
  ["vmsr", "compared through FPSCR after every floating-point instruction"],
]);

/** Accesses that need no alignment; the oracle does not check that of the others. */
const MAY_BE_UNALIGNED = /^(ldr|str)(b|h|sb|sh)?$/;

/** True if a load or store is compared with addresses in its base register. */
function isAccess(line: Encoding): boolean {
  return /load|store|exclusive|table/.test(line.timing);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

function fill(random: () => number, pattern: string): number {
  let word = 0;
  for (const bit of pattern) {
    word = (word << 1) | (bit === "0" ? 0 : bit === "1" ? 1 : random() & 1);
  }
  return word >>> 0;
}

function encode(word: number, size: number): Uint8Array {
  return size === 2
    ? new Uint8Array([word, word >>> 8])
    : new Uint8Array([word >>> 16, word >>> 24, word, word >>> 8]);
}

const INTERESTING = [0, 1, -1, 0x7fff_ffff, 0x8000_0000, 0xffff, 0x8000, 0x7f80_8000, 31, 32];

function randomRegister(random: () => number): number {
  const choice = random() % 4;
  return choice === 0 ? INTERESTING[random() % INTERESTING.length] ?? 0 : random();
}

/** SP's low bits, which Armv7-M keeps zero, and the oracle's Armv8-M model does not. */
function sameRegister(number: number, here: number, there: number): boolean {
  return number === 13 ? here === (there & ~3) : here === there;
}

/** Same registers and flags in both machines, then the same instructions; what differs afterwards. */
function compare(bench: Bench, oracle: Oracle, one: Case): string | undefined {
  const { engine, bus } = bench;
  const { registers, apsr, at, count } = one;
  engine.registers.set(registers);
  engine.registers[15] = at;
  engine.xpsr = apsr | (1 << 24);
  oracle.setCore(registers, apsr);
  bus.writes.length = 0;
  const stop = engine.run({ maxInstructions: count });
  const failed = oracle.step(at, count === 1 ? undefined : at + one.code.length);
  if (stop.kind === "fault") return failed === 0 ? stop.fault.message : undefined;
  if (failed !== 0 && failed !== FETCH_UNMAPPED && failed !== EXCEPTION) return `error ${failed}`;
  const theirs = new Int32Array(16);
  const theirFlags = oracle.getCore(theirs);
  const differences: string[] = [];
  theirs.forEach((there, number) => {
    const here = engine.registers[number] ?? 0;
    if (!sameRegister(number, here, there)) {
      differences.push(`r${number} ${hex(here)}, oracle ${hex(there)}`);
    }
  });
  const flags = engine.xpsr & 0xf80f_0000;
  if (flags !== theirFlags) differences.push(`flags ${hex(flags)}, oracle ${hex(theirFlags)}`);
  for (const { address, bytes } of bus.writes) {
    const offset = address - DATA;
    const here = bus.data.slice(offset, offset + bytes).join();
    const there = oracle.read(address, bytes).join();
    if (here !== there) differences.push(`memory ${hex(address)} ${here}, oracle ${there}`);
  }
  return differences.length === 0 ? undefined : differences.join("; ");
}

function prepareMemory(bench: Bench, oracle: Oracle, random: () => number): void {
  bench.load(new Uint8Array(0));
  const data = Uint8Array.from({ length: SIZE }, () => random());
  bench.bus.data.set(data);
  oracle.write(DATA, data);
}

function randomState(random: () => number, line: Encoding): Int32Array {
  const registers = Int32Array.from({ length: 16 }, () => randomRegister(random));
  if (isAccess(line)) {
    const mask = MAY_BE_UNALIGNED.test(line.name) ? 0x7fff : 0x7ffc;
    for (let number = 0; number < 15; number++) {
      registers[number] = DATA + SIZE / 2 + (random() & mask);
    }
  }
  registers[13] = (DATA + SIZE / 2 + (random() & 0x7ffc)) | 0;
  return registers;
}

/** Makes the index register of an access small. */
function tameIndex(
  registers: Int32Array,
  line: Encoding,
  word: number,
  random: () => number,
): void {
  if (!/m/.test(line.pattern) || !isAccess(line)) return;
  const decoded = createFields(line, word);
  if (decoded !== 13) registers[decoded] = random() & 0xfff;
}

function createFields(line: Encoding, word: number): number {
  let value = 0;
  [...line.pattern].forEach((letter, index) => {
    if (letter === "m") value = (value << 1) | ((word >>> (line.pattern.length - 1 - index)) & 1);
  });
  return value;
}

/** Coprocessors fault here and in the oracle, which ends its run. */
const COPROCESSOR = /^(cdp|mcr|mrc|mcrr|mrrc|ldc|stc)2?$/;

const INTEGER = TABLE.filter(({ feature, name }) =>
  !feature.startsWith("fp") && !COPROCESSOR.test(name)
);
const CASES_PER_LINE = 24;

/** One instruction, or a few, and the state that they start from. */
interface Case {
  readonly name: string;
  readonly at: number;
  readonly count: number;
  readonly code: Uint8Array;
  readonly registers: Int32Array;
  readonly apsr: number;
}

/** Writes the code of all cases first: the oracle translates ahead and keeps what it translated. */
function runAll(bench: Bench, oracle: Oracle, cases: readonly Case[]): string[] {
  for (const { at, code } of cases) {
    bench.bus.code.set(code, at - CODE);
    oracle.write(at, code);
  }
  const failures: string[] = [];
  for (const one of cases) {
    const difference = compare(bench, oracle, one);
    if (difference !== undefined) failures.push(`${one.name}: ${difference}`);
  }
  return failures;
}

/** Random words of a line, as the decoder finds them. */
function words(random: () => number, line: Encoding, decoder: Decoder, inIt: boolean): number[] {
  const narrow = line.pattern.length === 16;
  return Array.from({ length: CASES_PER_LINE }, () => fill(random, line.pattern))
    .filter((word) =>
      decoder.decode(narrow ? word : word >>> 16, word & 0xffff, START, inIt)?.encoding === line
    );
}

need(NEEDS, "integer instructions leave the same registers, flags and memory as libunicorn", () => {
  const random = createRandom(1);
  const bench = createBench({ core: "cortex-m33", fpu: "none" });
  const oracle = openOracle("m");
  const decoder = createDecoder(TABLE, bench.engine.state.features);
  prepareMemory(bench, oracle, random);
  const cases: Case[] = [];
  for (const line of INTEGER.filter(({ name }) => !EXCEPTED.has(name))) {
    const size = line.pattern.length / 8;
    const found = words(random, line, decoder, false);
    assert(found.length > 0, `no case of ${line.name} ${line.pattern}`);
    for (const word of found) {
      const registers = randomState(random, line);
      tameIndex(registers, line, word, random);
      if (size === 2 && /^(bx|blx)$/.test(line.name)) registers.fill((START + 0x100) | 1, 0, 13);
      cases.push({
        name: `${line.name} ${hex(word)}`,
        at: START + cases.length * 4,
        count: 1,
        code: encode(word, size),
        registers,
        apsr: random() & 0xf80f_0000,
      });
    }
  }
  const failures = runAll(bench, oracle, cases);
  assertEquals(failures, [], `${failures.length} of ${cases.length} cases differ`);
  assertEquals(oracle.read(DATA, SIZE), bench.bus.data.slice(), "memory after all cases");
  assert(cases.length > 5400, `${cases.length} cases`);
  oracle.close();
});

/** Load exclusive, then the store twice: the second one fails. Bytes, halfwords and words, both kinds. */
const EXCLUSIVES: readonly (readonly [string, number, number])[] = [
  ["strex", 0xe850_1f00, 0xe840_2300],
  ["strexb", 0xe8d0_1f4f, 0xe8c0_2f43],
  ["strexh", 0xe8d0_1f5f, 0xe8c0_2f53],
  ["stlex", 0xe8d0_1fef, 0xe8c0_2fe3],
  ["stlexb", 0xe8d0_1fcf, 0xe8c0_2fc3],
  ["stlexh", 0xe8d0_1fdf, 0xe8c0_2fd3],
];

need(NEEDS, "exclusive pairs leave the same state as libunicorn", () => {
  const random = createRandom(3);
  const bench = createBench({ core: "cortex-m33", fpu: "none" });
  const oracle = openOracle("m");
  prepareMemory(bench, oracle, random);
  const cases = EXCLUSIVES.flatMap(([name, load, store], index) =>
    [[load, store, store], [load, 0xf3bf_8f2f, store]].map((sequence, second): Case => {
      const registers = Int32Array.from({ length: 16 }, () => randomRegister(random));
      registers[0] = DATA + SIZE / 2 + (random() & 0x7ffc);
      registers[13] = DATA + 0x100;
      return {
        name: `${name} ${second === 0 ? "twice" : "after CLREX"}`,
        at: START + index * 32 + second * 16,
        count: 3,
        code: Uint8Array.from(sequence.flatMap((word) => [...encode(word, 4)])),
        registers,
        apsr: random() & 0xf80f_0000,
      };
    })
  );
  assertEquals(runAll(bench, oracle, cases), []);
  oracle.close();
});

/** True for the 16-bit MOV and ADD to PC. */
function writesPc(word: number): boolean {
  return (word & 0xff87) === 0x4487 || (word & 0xff87) === 0x4687;
}

need(NEEDS, "instructions inside IT blocks leave the same state as libunicorn", () => {
  const random = createRandom(2);
  const bench = createBench({ core: "cortex-m33", fpu: "none" });
  const oracle = openOracle("m");
  const decoder = createDecoder(TABLE, bench.engine.state.features);
  prepareMemory(bench, oracle, random);
  const lines = INTEGER.filter(({ timing }) => /^(alu|mul|mla)$/.test(timing));
  const cases: Case[] = [];
  while (cases.length < 1500) {
    const condition = random() % 14;
    const length = 1 + (random() % 4);
    const mask = ((random() % (1 << (length - 1))) << (5 - length)) | (1 << (4 - length));
    const parts = [encode(0xbf00 | (condition << 4) | mask, 2)];
    while (parts.length <= length) {
      const line = lines[random() % lines.length];
      const word = line === undefined ? undefined : words(random, line, decoder, true)[0];
      if (line === undefined || word === undefined || writesPc(word)) continue;
      parts.push(encode(word, line.pattern.length / 8));
    }
    const registers = Int32Array.from({ length: 16 }, () => randomRegister(random));
    registers[13] = DATA + (random() & 0xfffc);
    cases.push({
      name: `it ${condition} ${mask.toString(2)} ${parts.map((part) => part.join("."))}`,
      at: START + cases.length * 24,
      count: length + 1,
      code: Uint8Array.from(parts.flatMap((part) => [...part])),
      registers,
      apsr: random() & 0xf80f_0000,
    });
  }
  const failures = runAll(bench, oracle, cases);
  assertEquals(failures, [], `${failures.length} of ${cases.length} cases differ`);
  oracle.close();
});
