/**
 * A decoded instruction as text, from the same table that decodes and executes it, in the spelling of GNU
 * objdump with one blank where objdump puts tabs. What is in angle brackets in a line's syntax is replaced:
 *
 * - a letter of `d n m a t`: the core register in that field; with `!`, PC in it is flagged as objdump does;
 *   with `:#`, its number
 * - `sd`, `dn` and so on: a single or double register; `spair` two singles, `slist` and `dlist` several
 * - any other letter: the field in decimal; `*4` scales it, `+1` adds one
 * - `k?b|t`: one of the texts, by the value of a field
 * - words: what {@linkcode WORDS} makes of them
 *
 * Numbers beyond 32 are followed by a comment with their value in hexadecimal, as objdump does.
 *
 * @module
 */
import { fieldsOf } from "./decoder.ts";
import type { Fields, Op } from "./op.ts";

const LOW = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"];
const NAMES = [...LOW, "sl", "fp", "ip", "sp", "lr", "pc"];
const SHIFTS = ["lsl", "lsr", "asr", "ror"];
// deno-fmt-ignore
const CONDITIONS = [
  "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "<und>",
];
// deno-fmt-ignore
const BARRIERS = [
  "", "oshld", "oshst", "osh", "", "nshld", "unst", "un", "", "ishld", "ishst", "ish", "", "ld", "st", "sy",
];
const SPECIAL = new Map([
  [0, "CPSR"],
  [1, "IAPSR"],
  [2, "EAPSR"],
  [3, "PSR"],
  [5, "IPSR"],
  [6, "EPSR"],
  [7, "IEPSR"],
  [8, "MSP"],
  [9, "PSP"],
  [10, "MSPLIM"],
  [11, "PSPLIM"],
  [16, "PRIMASK"],
  [17, "BASEPRI"],
  [18, "BASEPRI_MAX"],
  [19, "FAULTMASK"],
  [20, "CONTROL"],
]);

function coreName(number: number): string {
  return NAMES[number] ?? "?";
}

function coreList(list: number): string {
  return `{${NAMES.filter((_, number) => ((list >> number) & 1) !== 0).join(", ")}}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** What is known while one instruction is written. */
class Writer {
  /** The number that a comment may repeat. */
  number = 0;
  /** True if objdump calls it UNPREDICTABLE. */
  flagged = false;
  /** Condition of the IT block, empty outside. */
  readonly condition: string;
  /** True if another instruction of the IT block follows. */
  readonly notLast: boolean;
  readonly fields: Fields;
  /**
   * @param op The instruction
   * @param it ITSTATE that it runs under
   */
  constructor(readonly op: Op, it: number) {
    this.fields = fieldsOf(op.encoding, op.word);
    this.condition = it === 0 ? "" : CONDITIONS[it >> 4] ?? "";
    this.notLast = (it & 7) !== 0;
  }

  /** Address that PC-relative offsets are added to. */
  get base(): number {
    return (this.op.address & ~3) + 4;
  }

  field(letter: string): number {
    return (this.fields as Readonly<Record<string, number>>)[letter] ?? 0;
  }

  /** A number that a comment may repeat in hexadecimal. */
  counted(value: number): string {
    this.number = value;
    return `${value}`;
  }

  fpRegister(size: string, letter: string): number {
    const four = this.field(letter);
    const one = this.field(letter.toUpperCase());
    return size === "s" ? (four << 1) | one : (one << 4) | four;
  }

  fpList(size: string): string {
    const first = this.fpRegister(size, "d");
    const words = this.op.word & 0xff;
    const last = first + (size === "s" ? words : words >> 1) - 1;
    return last === first ? `{${size}${first}}` : `{${size}${first}-${size}${last}}`;
  }

  /** Address of a coprocessor's or the floating-point unit's transfer: eight bits, scaled by 4. */
  words(): string {
    const { word } = this.op;
    const base = (word >>> 16) & 15;
    const [pre, up, back] = [24, 23, 21].map((bit) => ((word >>> bit) & 1) === 1);
    const indexed = pre || back;
    const size = (word & 0xff) * (indexed ? ((word >>> 8) & 15) === 9 ? 2 : 4 : 1);
    // An offset that is not added has no sign but that of zero.
    const offset = up || !indexed ? size : -size;
    const text = offset === 0 && !up ? "-0" : `${offset}`;
    if (indexed && base !== 15) this.number = offset;
    const at = indexed && base === 15 ? ` @ ${hex(this.base + offset)}` : "";
    if (pre) {
      const inside = offset === 0 && up ? "" : `, #${text}`;
      // objdump has no exclamation mark behind an offset of 0.
      return `[${coreName(base)}${inside}]${back && offset !== 0 ? "!" : ""}${at}`;
    }
    if (back) return `[${coreName(base)}]${offset === 0 && up ? "" : `, #${text}`}${at}`;
    this.number = offset;
    return `[${coreName(base)}], {${text}}`;
  }

  /** Address of LDRD and STRD. */
  pair(): string {
    const { i, n, p, u, w } = this.fields;
    if (i === 0 && u === 1 && p === 1) return `[${coreName(n)}]`;
    const sign = u === 1 ? "" : "-";
    const offset = `#${sign}${this.counted(i * 4)}`;
    const mode = p === 1 ? `, ${offset}]${w === 1 ? "!" : ""}` : `], ${offset}`;
    const at = n === 15 ? ` @ ${hex(this.base + (u === 1 ? i : -i) * 4)}` : "";
    return `[${coreName(n)}${mode}${at}`;
  }

  /** Base, eight bits and write-back. */
  indexed(): string {
    const { i, n, p, u, w } = this.fields;
    const offset = u === 1 ? i : -i;
    if (p === 0) return `[${coreName(n)}], #${offset}`;
    return `[${coreName(n)}${offset === 0 ? "" : `, #${offset}`}]${w === 1 ? "!" : ""}`;
  }

  literal(): string {
    const { i, u } = this.fields;
    const offset = u === 1 ? i : -i;
    return `[pc${offset === 0 ? "" : `, #${offset}`}] @ ${hex(this.base + offset)}`;
  }

  /** VFPExpandImm as objdump comments it: the encoded byte, the single's bits, the value. */
  constant(): string {
    const { i } = this.fields;
    const top = (i & 0x40) !== 0 ? 0xf8 << 22 : 1 << 30;
    const bits = ((i & 0x80) << 24) | ((i & 0x3f) << 19) | top;
    const value = Math.abs(new Float32Array(new Int32Array([bits]).buffer)[0] ?? 0);
    const tenMillions = Math.round(value * 1e7);
    const digits = tenMillions % 1_000_000 === 0 ? 1 : tenMillions % 10_000 === 0 ? 3 : 7;
    const sign = (i & 0x80) !== 0 ? "-" : " ";
    return `${i} @ ${hex(bits)} ${sign}${value.toFixed(digits)}`;
  }
}

function shiftBy(name: string, amount: number): string {
  return amount === 0 ? "" : `, ${name} #${amount}`;
}

function rotated(imm12: number): number {
  const byte = imm12 & 0xff;
  switch (imm12 >>> 8) {
    case 0:
      return byte;
    case 1:
      return (byte << 16) | byte;
    case 2:
      return (byte << 24) | (byte << 8);
    case 3:
      return (byte << 24) | (byte << 16) | (byte << 8) | byte;
    default: {
      const turn = imm12 >>> 7;
      const value = 0x80 | (imm12 & 0x7f);
      return (value >>> turn) | (value << (32 - turn));
    }
  }
}

/** The words of the syntax. */
const WORDS: Readonly<Record<string, (w: Writer) => string>> = {
  /** Condition of the IT block. */
  c: (w) => w.condition,
  /** `s` outside an IT block, where 16-bit instructions set the flags; else the condition. */
  S: (w) => w.condition === "" ? "s" : w.condition,
  /** `s` if the instruction sets flags. */
  s: (w) => w.fields.s === 1 ? "s" : "",
  /** Condition of an instruction that may not be in an IT block. */
  u: (w) => {
    if (w.condition !== "") w.flagged = true;
    return w.condition;
  },
  /** The same for branches and CPS. */
  outside: (w) => w.condition === "" ? "" : ` @ unpredictable <IT:${w.condition}>`,
  /** A branch must be the last one of its block. */
  last: (w) => w.notLast ? " @ unpredictable branch in IT block" : "",
  /** Condition of a branch or IT. */
  cond: (w) => CONDITIONS[w.fields.c] ?? "",
  /** T and E of IT. */
  then: ({ fields: { c, i } }) => {
    let text = "";
    for (let rest = i << 1; (rest & 15) !== 0; rest <<= 1) {
      text += (((rest >> 4) ^ c) & 1) === 0 ? "t" : "e";
    }
    return text;
  },
  target: ({ op }) => hex(op.i),
  list: ({ op: { word, size, encoding } }) => {
    const low = word & (size === 4 ? 0xffff : 0xff);
    const high = (word >> 8) & 1;
    if (encoding.name === "push") return coreList(low | (high << 14));
    return coreList(encoding.name === "pop" ? low | (high << 15) : low);
  },
  /** `!` if the base is not loaded. */
  unloaded: ({ fields: { n, r } }) => ((r >> n) & 1) === 0 ? "!" : "",
  const: (w) => `#${w.counted(rotated(w.fields.i) >>> 0)}`,
  value: (w) => w.counted(w.op.i >>> 0),
  shift: ({ fields: { i, t } }) => {
    if (t === 0) return shiftBy("lsl", i);
    if (t === 3 && i === 0) return ", rrx";
    return shiftBy(SHIFTS[t] ?? "", i === 0 ? 32 : i);
  },
  lsl: ({ fields }) => shiftBy("lsl", fields.i),
  by: ({ fields }) => `${fields.i === 0 ? 32 : fields.i}`,
  rotate: ({ fields }) => shiftBy("ror", fields.i * 8),
  saturate: ({ fields: { i, s } }) => s === 1 ? `, asr #${i}` : shiftBy("lsl", i),
  width: ({ fields: { i, w } }) => `${(w - i + 1) >>> 0}`,
  scale: ({ fields }) => shiftBy("lsl", fields.k),
  hex: ({ fields }) => `0x${fields.i.toString(16).padStart(4, "0")}`,
  ",i": (w) => w.fields.i === 0 ? "" : `, #${w.counted(w.fields.i)}`,
  ",i*4": (w) => w.fields.i === 0 ? "" : `, #${w.counted(w.fields.i * 4)}`,
  "+i": (w) => w.fields.i === 0 ? "" : `, #${w.fields.i}`,
  "-i": (w) => w.fields.i === 0 ? "" : `, #-${w.fields.i}`,
  "pc+i*4": (w) => {
    w.number = 0;
    return hex(w.base + w.fields.i * 4);
  },
  words: (w) => w.words(),
  pair: (w) => w.pair(),
  indexed: (w) => w.indexed(),
  literal: (w) => w.literal(),
  constant: (w) => w.constant(),
  places: ({ op }) => `${op.i}`,
  slist: (w) => w.fpList("s"),
  dlist: (w) => w.fpList("d"),
  spair: (w) => {
    const first = w.fpRegister("s", "m");
    return `s${first}, s${first + 1}`;
  },
  /** objdump flags the same register twice. */
  twice: (w) => {
    if (w.fields.a === w.fields.t) w.flagged = true;
    return "";
  },
  barrier: ({ fields: { i } }) => BARRIERS[i] || `#${i}`,
  isb: ({ fields: { i } }) => i === 15 ? "sy" : `#${i}`,
  from: ({ op }) => SPECIAL.get(op.i) ?? "<unknown>",
  to: ({ op, fields: { i, k } }) =>
    (SPECIAL.get(op.i) ?? "<unknown>") + (i === 0 ? `_${["", "s", "f", "fs"][k] ?? ""}` : ""),
};

function expand(w: Writer, what: string): string {
  const word = WORDS[what];
  if (word !== undefined) return word(w);
  const [letter = "", second = ""] = what;
  const value = w.field(letter);
  if (second === "?") return what.slice(2).split("|")[value] ?? "";
  if (/^[sd][dnm]$/.test(what)) return `${letter}${w.fpRegister(letter, second)}`;
  if (/^[dnmat]/.test(what)) {
    if (what.endsWith(":#")) return w.counted(value);
    if (what.endsWith("!") && value === 15) w.flagged = true;
    return coreName(value);
  }
  const scale = second === "*" ? Number(what.slice(2)) : 1;
  return w.counted(value * scale + (second === "+" ? Number(what.slice(2)) : 0));
}

/**
 * Text of an instruction.
 *
 * @param op The decoded instruction
 * @param it ITSTATE that it runs under, 0 outside an IT block
 */
export function disassemble(op: Op, it = 0): string {
  const writer = new Writer(op, it);
  const text = op.encoding.syntax.replace(/<([^<>]+)>/g, (_, what: string) => expand(writer, what));
  const far = writer.number > 32 || writer.number < -16;
  return text + (far ? ` @ ${hex(writer.number)}` : "") +
    (writer.flagged ? " @ <UNPREDICTABLE>" : "");
}
