/**
 * Floating point: FPv4-SP, FPv5 and double precision (DDI 0403, A6; DDI 0489). Each arithmetic line exists
 * twice: single registers are numbered Vd:D, double ones D:Vd.
 *
 * @module
 */
import type { TimingClass } from "../../types.ts";
import { type Encoding, encoding, type Exec, type Fields, type Op, type Operands } from "../op.ts";
import type { Feature, Index } from "../architecture.ts";
import * as ops from "../fp/ops.ts";
import { ROUND } from "../fp/soft.ts";

/** Register number of a single: four bits, then one. */
export function single(four: number, one: number): Index {
  return ((four << 1) | one) as Index;
}

/** Fills in d, n, m for the size; there are 16 double registers. */
function registers(op: Op, fields: Fields, double: boolean): boolean {
  if (double) {
    op.d = fields.d as Index;
    op.n = fields.n as Index;
    op.m = fields.m as Index;
    return fields.D === 0 && fields.N === 0 && fields.M === 0;
  }
  op.d = single(fields.d, fields.D);
  op.n = single(fields.n, fields.N);
  op.m = single(fields.m, fields.M);
  return true;
}

type Size = "single" | "double";

interface Line {
  readonly name: string;
  /** Pattern with `z` where the size bit is. */
  readonly pattern: string;
  readonly timing: "alu" | "mul" | "mla" | "div" | "sqrt" | "convert" | "compare" | "move";
  /** Text with `<fd>` for a register of the line's size and `.F` for its type. */
  readonly syntax: string;
  readonly exec: keyof ops.FloatOps;
  readonly version: "fp" | "fp5";
  readonly more?: (op: Op, fields: Fields, size: Size) => boolean;
}

/** Class of a double-precision instruction; comparisons and moves cost as the other simple ones. */
function timingOf(timing: Line["timing"], size: Size): TimingClass {
  if (size === "single") return `fp-${timing}`;
  return timing === "compare" || timing === "move" ? "fp64-alu" : `fp64-${timing}`;
}

function both(line: Line): Encoding[] {
  return (["single", "double"] as const).map((size) => {
    const double = size === "double";
    const table = double ? ops.DOUBLE_OPS : ops.SINGLE_OPS;
    const feature: Feature = double ? "fp64" : line.version;
    const operands: Operands = (op, fields) => {
      const exist = registers(op, fields, double);
      return (line.more?.(op, fields, size) ?? true) && exist;
    };
    return encoding(
      double ? `${line.name}.f64` : `${line.name}.f32`,
      line.pattern.replace("z", double ? "1" : "0"),
      feature,
      timingOf(line.timing, size),
      line.syntax.replaceAll("<f", double ? "<d" : "<s").replace(".F", double ? ".f64" : ".f32"),
      table[line.exec],
      operands,
    );
  });
}

const dnm = "<fd>, <fn>, <fm>";
const dm = "<fd>, <fm>";

function three(
  name: string,
  timing: Line["timing"],
  opcode: string,
  bit: string,
  exec: keyof ops.FloatOps,
): Line {
  const [first, second] = [opcode.slice(0, 1), opcode.slice(1)];
  return {
    name,
    pattern: `11101110 ${first} D ${second} nnnn dddd 101z N ${bit} M 0 mmmm`,
    timing,
    syntax: `${name}<c>.F ${dnm}`,
    exec,
    version: "fp",
  };
}

function two(
  name: string,
  timing: Line["timing"],
  code: string,
  exec: keyof ops.FloatOps,
  version: "fp" | "fp5" = "fp",
  more?: Line["more"],
): Line {
  const [high, low] = [code.slice(0, 4), code.slice(4)];
  const pattern = `11101110 1 D 11 ${high} dddd 101z ${low} M 0 mmmm`;
  const compare = exec === "vcmp" ? "<e?|e>" : "";
  const line: Line = {
    name,
    pattern,
    timing,
    syntax: `${name}${compare}<c>.F ${dm}`,
    exec,
    version,
  };
  return more === undefined ? line : { ...line, more };
}

/** VFPExpandImm: sign, exponent and four bits of fraction; the word or the double's high word. */
function expandImmediate(op: Op, fields: Fields, size: Size): boolean {
  const imm = fields.i;
  const sign = (imm & 0x80) << 24;
  const exponentBits = size === "single" ? 8 : 11;
  const fractionBits = size === "single" ? 23 : 20;
  const top = (imm & 0x40) !== 0 ? 0 : 1;
  const repeated = (imm & 0x40) !== 0 ? (1 << (exponentBits - 3)) - 1 : 0;
  const exponent = (top << (exponentBits - 1)) | (repeated << 2) | ((imm >>> 4) & 3);
  op.i = sign | (exponent << fractionBits) | ((imm & 0xf) << (fractionBits - 4));
  return true;
}

const rounding = (mode: number, exact: number): Line["more"] => (op) => {
  op.i = mode;
  op.k = exact;
  return true;
};

function compareKind(op: Op, fields: Fields): boolean {
  op.k = fields.e;
  return true;
}

/** Conversion from an integer: the source is a single register in both sizes. */
function fromInteger(op: Op, fields: Fields): boolean {
  op.m = single(fields.m, fields.M);
  op.s = fields.s;
  return fields.D === 0 || op.encoding.feature !== "fp64";
}

/** Conversion to an integer: the destination is a single register in both sizes; `r` is 1 toward zero. */
function toInteger(op: Op, fields: Fields, mode: number): boolean {
  op.d = single(fields.d, fields.D);
  op.s = fields.s;
  op.i = mode;
  return fields.M === 0 || op.encoding.feature !== "fp64";
}

/** Conversions whose registers differ in size cannot use the common check of register numbers. */
function mixed(line: Line): Encoding[] {
  return both(line).map((entry, index) => {
    const double = index === 1;
    const operands: Operands = (op, fields) => {
      if (!double) registers(op, fields, false);
      else {
        op.d = fields.d as Index;
        op.m = fields.m as Index;
      }
      return line.more?.(op, fields, double ? "double" : "single") ?? true;
    };
    return { ...entry, operands };
  });
}

/** Fixed point: `k` bits wide, `i` of them behind the point. */
function fixed(op: Op, fields: Fields): boolean {
  op.k = fields.x === 1 ? 32 : 16;
  op.i = op.k - fields.i;
  op.s = fields.u ^ 1;
  return op.i >= 0;
}

const ARITHMETIC: readonly Line[] = [
  three("vmla", "mla", "000", "0", "vmla"),
  three("vmls", "mla", "000", "1", "vmls"),
  three("vnmls", "mla", "001", "0", "vnmls"),
  three("vnmla", "mla", "001", "1", "vnmla"),
  three("vmul", "mul", "010", "0", "vmul"),
  three("vnmul", "mul", "010", "1", "vnmul"),
  three("vadd", "alu", "011", "0", "vadd"),
  three("vsub", "alu", "011", "1", "vsub"),
  three("vdiv", "div", "100", "0", "vdiv"),
  three("vfnms", "mla", "101", "0", "vfnms"),
  three("vfnma", "mla", "101", "1", "vfnma"),
  three("vfma", "mla", "110", "0", "vfma"),
  three("vfms", "mla", "110", "1", "vfms"),
  {
    name: "vmov",
    pattern: "11101110 1 D 11 iiii dddd 101z (0)0(0)0 iiii",
    timing: "move",
    syntax: "vmov<c>.F <fd>, #<constant>",
    exec: "vmovImmediate",
    version: "fp",
    more: expandImmediate,
  },
  two("vmov", "move", "000001", "vmov"),
  two("vabs", "alu", "000011", "vabs"),
  two("vneg", "alu", "000101", "vneg"),
  two("vsqrt", "sqrt", "000111", "vsqrt"),
  two("vcmp", "compare", "0100e1", "vcmp", "fp", compareKind),
  {
    name: "vcmp",
    pattern: "11101110 1 D 11 0101 dddd 101z e1 (0) 0 (0)(0)(0)(0)",
    timing: "compare",
    syntax: "vcmp<e?|e><c>.F <fd>, #0.0",
    exec: "vcmpZero",
    version: "fp",
    more: compareKind,
  },
  two("vrintr", "convert", "011001", "vrint", "fp5", rounding(-1, 0)),
  two("vrintz", "convert", "011011", "vrint", "fp5", rounding(ROUND.zero, 0)),
  two("vrintx", "convert", "011101", "vrint", "fp5", rounding(-1, 1)),
  {
    name: "vsel",
    pattern: "11111110 0 D cc nnnn dddd 101z N 0 M 0 mmmm",
    timing: "alu",
    syntax: `vsel<c?eq|vs|ge|gt><u>.F ${dnm}`,
    exec: "vsel",
    version: "fp5",
    more: (op, fields) => {
      op.k = [0, 6, 10, 12][fields.c] ?? 0;
      return true;
    },
  },
  {
    name: "vmaxnm",
    pattern: "11111110 1 D 00 nnnn dddd 101z N 0 M 0 mmmm",
    timing: "alu",
    syntax: `vmaxnm<u>.F ${dnm}`,
    exec: "vmaxnm",
    version: "fp5",
  },
  {
    name: "vminnm",
    pattern: "11111110 1 D 00 nnnn dddd 101z N 1 M 0 mmmm",
    timing: "alu",
    syntax: `vminnm<u>.F ${dnm}`,
    exec: "vminnm",
    version: "fp5",
  },
];

/** A, N, P, M: ties away, nearest, up, down. */
const DIRECTED: readonly (readonly [string, string, number])[] = [
  ["a", "00", ROUND.away],
  ["n", "01", ROUND.nearest],
  ["p", "10", ROUND.up],
  ["m", "11", ROUND.down],
];

const directedRounding: readonly Line[] = DIRECTED.map(([letter, code, mode]) => ({
  name: `vrint${letter}`,
  pattern: `11111110 1 D 1110 ${code} dddd 101z 01 M 0 mmmm`,
  timing: "convert" as const,
  syntax: `vrint${letter}<u>.F ${dm}`,
  exec: "vrint" as const,
  version: "fp5" as const,
  more: (op: Op): boolean => {
    op.i = mode;
    op.k = 0;
    return true;
  },
}));

const INTEGER: readonly Line[] = [
  {
    name: "vcvt.from",
    pattern: "11101110 1 D 11 1000 dddd 101z s 1 M 0 mmmm",
    timing: "convert",
    syntax: "vcvt<c>.F.<s?u|s>32 <fd>, <sm>",
    exec: "fromInteger",
    version: "fp",
    more: fromInteger,
  },
  {
    name: "vcvt.to",
    pattern: "11101110 1 D 11 110 s dddd 101z 1 1 M 0 mmmm",
    timing: "convert",
    syntax: "vcvt<c>.<s?u|s>32.F <sd>, <fm>",
    exec: "toInteger",
    version: "fp",
    more: (op, fields) => toInteger(op, fields, ROUND.zero),
  },
  {
    name: "vcvtr.to",
    pattern: "11101110 1 D 11 110 s dddd 101z 0 1 M 0 mmmm",
    timing: "convert",
    syntax: "vcvtr<c>.<s?u|s>32.F <sd>, <fm>",
    exec: "toInteger",
    version: "fp",
    more: (op, fields) => toInteger(op, fields, -1),
  },
  ...DIRECTED.map(([letter, code, mode]) => ({
    name: `vcvt${letter}.to`,
    pattern: `11111110 1 D 1111 ${code} dddd 101z s 1 M 0 mmmm`,
    timing: "convert" as const,
    syntax: `vcvt${letter}<u>.<s?u|s>32.F <sd>, <fm>`,
    exec: "toInteger" as const,
    version: "fp5" as const,
    more: (op: Op, fields: Fields): boolean => toInteger(op, fields, mode),
  })),
];

/** imm4:i, where the size and signedness are sx and U. */
const FIXED: readonly Line[] = [
  {
    name: "vcvt.fromfixed",
    pattern: "11101110 1 D 11 101 u dddd 101z x 1 j 0 iiii",
    timing: "convert",
    syntax: "vcvt<c>.F.<u?s|u><x?16|32> <fd>, <fd>, #<places>",
    exec: "fromFixed",
    version: "fp",
    more: (op, fields) => fixed(op, { ...fields, i: (fields.i << 1) | fields.j }),
  },
  {
    name: "vcvt.tofixed",
    pattern: "11101110 1 D 11 111 u dddd 101z x 1 j 0 iiii",
    timing: "convert",
    syntax: "vcvt<c>.<u?s|u><x?16|32>.F <fd>, <fd>, #<places>",
    exec: "toFixed",
    version: "fp",
    more: (op, fields) => fixed(op, { ...fields, i: (fields.i << 1) | fields.j }),
  },
];

/** Conversions between floating-point formats. */
function conversion(
  name: string,
  pattern: string,
  feature: Feature,
  exec: Exec,
  sizes: readonly [Size, Size],
): Encoding {
  const register = (at: 0 | 1): string => sizes[at] === "single" ? "s" : "d";
  const half = name.includes("f16") ? "<t?b|t>" : "";
  const syntax = name.replace("vcvt", `vcvt${half}<c>`) + ` <${register(0)}d>, <${register(1)}m>`;
  const operands: Operands = (op, fields) => {
    op.d = sizes[0] === "single" ? single(fields.d, fields.D) : fields.d as Index;
    op.m = sizes[1] === "single" ? single(fields.m, fields.M) : fields.m as Index;
    op.k = fields.t;
    return (sizes[0] === "single" || fields.D === 0) && (sizes[1] === "single" || fields.M === 0);
  };
  const timing: TimingClass = feature === "fp64" ? "fp64-convert" : "fp-convert";
  return encoding(name, pattern, feature, timing, syntax, exec, operands);
}

const CONVERSIONS: readonly Encoding[] = [
  conversion(
    "vcvt.f64.f32",
    "11101110 1 D 11 0111 dddd 1010 11 M 0 mmmm",
    "fp64",
    ops.widen,
    ["double", "single"],
  ),
  conversion(
    "vcvt.f32.f64",
    "11101110 1 D 11 0111 dddd 1011 11 M 0 mmmm",
    "fp64",
    ops.shorten,
    ["single", "double"],
  ),
  conversion(
    "vcvt.f32.f16",
    "11101110 1 D 11 0010 dddd 1010 t1 M 0 mmmm",
    "fp",
    ops.fromHalf,
    ["single", "single"],
  ),
  conversion(
    "vcvt.f16.f32",
    "11101110 1 D 11 0011 dddd 1010 t1 M 0 mmmm",
    "fp",
    ops.toHalf,
    ["single", "single"],
  ),
  conversion(
    "vcvt.f64.f16",
    "11101110 1 D 11 0010 dddd 1011 t1 M 0 mmmm",
    "fp64",
    ops.fromHalfToDouble,
    ["double", "single"],
  ),
  conversion(
    "vcvt.f16.f64",
    "11101110 1 D 11 0011 dddd 1011 t1 M 0 mmmm",
    "fp64",
    ops.doubleToHalf,
    ["single", "double"],
  ),
];

/** The group's lines. */
export const FLOAT: readonly Encoding[] = [
  ...ARITHMETIC.flatMap(both),
  ...directedRounding.flatMap(both),
  ...INTEGER.flatMap(mixed),
  ...FIXED.flatMap(both),
  ...CONVERSIONS,
];
