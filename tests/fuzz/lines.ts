/**
 * Random words of a line of the instruction table, and what a program around them has to know: which
 * core registers they may change and which they address memory by.
 *
 * @module
 */
import { createDecoder } from "../../sim/cpu/decoder.ts";
import type { Encoding, Op } from "../../sim/cpu/op.ts";
import { CpuState } from "../../sim/cpu/state.ts";
import { TABLE } from "../../sim/cpu/table.ts";
import type { EngineParts } from "../../sim/types.ts";
import { EXCEPTED } from "./known.ts";
import type { Target } from "./state.ts";

/** A line of the table, prepared. */
export interface Line {
  /** The table's line. */
  readonly encoding: Encoding;
  /** Bits that are the same in every word of it, and their values. */
  readonly fixed: number;
  readonly value: number;
  /** Bytes. */
  readonly size: 2 | 4;
  /** True if it reads or writes memory. */
  readonly access: boolean;
  /** True for the accesses that Armv7-M allows to be unaligned. */
  readonly unaligned: boolean;
  /** Lowest bit and width of the base register's field, if it has one. */
  readonly base: readonly [shift: number, width: number] | undefined;
  /** The same for the index register. */
  readonly index: readonly [shift: number, width: number] | undefined;
  /** True if the base register may be written back. */
  readonly writesBase: boolean;
}

/** A load that sets the exclusive monitor, and the store that asks it. */
export interface ExclusivePair {
  readonly load: Line;
  readonly store: Line;
}

/** The instruction set of a target. */
export interface InstructionSet {
  /** Its lines that are fuzzed, in the table's order. */
  readonly lines: readonly Line[];
  /** Those that touch neither memory nor control flow. */
  readonly arithmetic: readonly Line[];
  /** Those for IT blocks. */
  readonly inBlock: readonly Line[];
  /** Exclusive loads and stores of the same size. */
  readonly exclusives: readonly ExclusivePair[];
  /** Direct branches that it has: B<c>, B, B<c>.W, B.W, CBZ and CBNZ (twice). */
  readonly branchKinds: readonly number[];
  /** True with the DSP extension. */
  readonly dsp: boolean;
  /** A decoder that keeps to what the core has. */
  decode(word: number, size: number, at: number, inIt: boolean): Op | undefined;
}

/** LDR, STR and their halfword and byte forms (DDI 0403, A3.2.1). */
const MAY_BE_UNALIGNED = /^(ldr|str)(b|h|sb|sh)?t?$/;

function fieldOf(pattern: string, letter: string): readonly [number, number] | undefined {
  const first = pattern.indexOf(letter);
  if (first < 0) return undefined;
  const last = pattern.lastIndexOf(letter);
  return [pattern.length - 1 - last, last - first + 1];
}

function prepare(encoding: Encoding): Line {
  const { pattern, timing, name } = encoding;
  const bits = (one: (character: string) => boolean): number =>
    [...pattern].reduce((word, character) => ((word << 1) | (one(character) ? 1 : 0)) >>> 0, 0);
  const access = /load|store|exclusive/.test(timing) && name !== "clrex";
  return {
    encoding,
    fixed: bits((character) => character === "0" || character === "1"),
    value: bits((character) => character === "1"),
    size: pattern.length === 16 ? 2 : 4,
    access,
    unaligned: MAY_BE_UNALIGNED.test(name),
    base: access ? fieldOf(pattern, "n") : undefined,
    index: access && !encoding.feature.startsWith("fp") ? fieldOf(pattern, "m") : undefined,
    writesBase: /[wr]/.test(pattern),
  };
}

/** Features of a core, as the engine has them. */
function featuresOf({ core, fpu }: Target): CpuState["features"] {
  const parts = { core, fpu, bus: {}, timing: {} };
  return new CpuState(parts as unknown as EngineParts).features;
}

/** The lines that a target executes as its oracle does. */
export function instructionSetOf(target: Target): InstructionSet {
  const features = featuresOf(target);
  const decoder = createDecoder(TABLE, features);
  const lines = TABLE.filter((line) =>
    features.has(line.feature) && !EXCEPTED.some((one) => one.matches(line, target))
  ).map(prepare);
  const decode: InstructionSet["decode"] = (word, size, at, inIt) =>
    decoder.decode(size === 2 ? word : word >>> 16, word & 0xffff, at, inIt);
  const computes = ({ encoding }: Line): boolean =>
    /^(alu|mul|mla|mull|mlal|div|fp)/.test(encoding.timing);
  return {
    lines,
    arithmetic: lines.filter((line) => computes(line) && !line.access),
    inBlock: lines.filter((line) =>
      (computes(line) || line.access) && line.encoding.timing !== "exclusive" &&
      !hasNoCondition(line)
    ),
    exclusives: pairs(lines),
    branchKinds: [0xd000, 0xe000, 0xf000_8000, 0xf000_b800, 0xb100, 0xb900].flatMap((word, kind) =>
      decode(word, word > 0xffff ? 4 : 2, 0, false) === undefined ? [] : [Math.min(kind, 4)]
    ),
    dsp: features.has("dsp"),
    decode,
  };
}

/** VSEL, VMAXNM, VRINTA and the like: in an IT block they are UNPREDICTABLE (DDI 0403, A7.7). */
function hasNoCondition({ encoding }: Line): boolean {
  return encoding.pattern.startsWith("11111110");
}

function pairs(lines: readonly Line[]): ExclusivePair[] {
  return lines.flatMap((load) => {
    const { name } = load.encoding;
    if (!/^ld[ra]ex/.test(name)) return [];
    const wanted = name.replace("ldrex", "strex").replace("ldaex", "stlex");
    const store = lines.find(({ encoding }) => encoding.name === wanted);
    return store === undefined ? [] : [{ load, store }];
  });
}

/** Name of a line in figures. */
export function lineName({ encoding }: Line): string {
  return `${encoding.name} ${encoding.pattern}`;
}

/** A random word of a line. */
export function randomWord(line: Line, random: () => number): number {
  const mask = line.size === 2 ? 0xffff : -1;
  return ((line.value | (random() & ~line.fixed)) & mask) >>> 0;
}

/** A word with another value in a field. */
export function withField(
  word: number,
  [shift, width]: readonly [number, number],
  value: number,
): number {
  const mask = (1 << width) - 1;
  return ((word & ~(mask << shift)) | ((value & mask) << shift)) >>> 0;
}

/** Core registers that an instruction may write, as a set of bits. */
export function writtenBy(line: Line, op: Op): number {
  const { feature, timing, name, pattern } = line.encoding;
  // MOV r8, r8, an encoding of its own, changes nothing.
  if (!/[a-zA-Z]/.test(pattern)) return 0;
  const base = line.writesBase && line.base !== undefined ? 1 << op.n : 0;
  if (feature.startsWith("fp")) {
    if (!pattern.includes("t") || name.startsWith("vcvt")) return base;
    // VMRS to register 15 writes the flags.
    if (name === "vmrs" && op.d === 15) return 0;
    return (1 << op.d) | (pattern.includes("a") ? 1 << op.a : 0);
  }
  if (/load-multiple/.test(timing)) return op.i | (1 << op.n);
  if (/store-multiple/.test(timing)) return 1 << op.n;
  return base | (1 << op.d) | (1 << op.a);
}
