/**
 * The part of WebAssembly's binary format that the translator and the memory timing models write
 * (WebAssembly Core Specification 2.0, chapter 5).
 *
 * @module
 */

/** Opcodes (chapter 5.4); names with 64, F or D are of 64-bit integers, floats and doubles. */
export const W = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  load: 0x28,
  load64: 0x29,
  loadF: 0x2a,
  loadD: 0x2b,
  load8s: 0x2c,
  load8u: 0x2d,
  load16s: 0x2e,
  load16u: 0x2f,
  store: 0x36,
  store64: 0x37,
  storeF: 0x38,
  storeD: 0x39,
  store8: 0x3a,
  store16: 0x3b,
  i32: 0x41,
  i64: 0x42,
  f32: 0x43,
  f64: 0x44,
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  ltS: 0x48,
  ltU: 0x49,
  gtS: 0x4a,
  gtU: 0x4b,
  leS: 0x4c,
  leU: 0x4d,
  geS: 0x4e,
  geU: 0x4f,
  eq64: 0x51,
  ne64: 0x52,
  ltS64: 0x53,
  gtS64: 0x55,
  geU64: 0x5a,
  eqF: 0x5b,
  neF: 0x5c,
  ltF: 0x5d,
  eqD: 0x61,
  neD: 0x62,
  ltD: 0x63,
  gtD: 0x64,
  leD: 0x65,
  geD: 0x66,
  clz: 0x67,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  divS: 0x6d,
  divU: 0x6e,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrS: 0x75,
  shrU: 0x76,
  rotr: 0x78,
  add64: 0x7c,
  sub64: 0x7d,
  mul64: 0x7e,
  and64: 0x83,
  or64: 0x84,
  shl64: 0x86,
  shrS64: 0x87,
  shrU64: 0x88,
  absF: 0x8b,
  negF: 0x8c,
  ceilF: 0x8d,
  floorF: 0x8e,
  truncF: 0x8f,
  nearestF: 0x90,
  sqrtF: 0x91,
  addF: 0x92,
  subF: 0x93,
  mulF: 0x94,
  divF: 0x95,
  minF: 0x96,
  maxF: 0x97,
  copysignF: 0x98,
  absD: 0x99,
  negD: 0x9a,
  ceilD: 0x9b,
  floorD: 0x9c,
  truncD: 0x9d,
  nearestD: 0x9e,
  sqrtD: 0x9f,
  addD: 0xa0,
  subD: 0xa1,
  mulD: 0xa2,
  divD: 0xa3,
  minD: 0xa4,
  maxD: 0xa5,
  copysignD: 0xa6,
  wrap: 0xa7,
  truncToS: 0xaa,
  truncToU: 0xab,
  extendS: 0xac,
  extendU: 0xad,
  convertFS: 0xb2,
  convertFU: 0xb3,
  demote: 0xb6,
  convertDS: 0xb7,
  convertDU: 0xb8,
  promote: 0xbb,
  bitsF: 0xbc,
  bitsD: 0xbd,
  fromBitsF: 0xbe,
  fromBitsD: 0xbf,
  extend8: 0xc0,
  extend16: 0xc1,
} as const;

const VOID = 0x40;
const I32 = 0x7f;
const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;

/** Code under construction. */
export class Code {
  /** The bytes so far. */
  readonly bytes: number[] = [];
  /** Open blocks, loops and ifs. */
  depth = 0;

  /** Appends opcodes without immediates. */
  op(...codes: readonly number[]): this {
    for (const code of codes) this.bytes.push(code);
    return this;
  }

  /** Appends an unsigned LEB128 number. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.bytes.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.bytes.push(rest);
    return this;
  }

  #signed(value: bigint): this {
    let rest = value;
    for (;;) {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0)) {
        this.bytes.push(byte);
        return this;
      }
      this.bytes.push(byte | 0x80);
    }
  }

  /** Pushes a 32-bit constant. */
  i32(value: number): this {
    this.bytes.push(W.i32);
    return this.#signed(BigInt(value | 0));
  }

  /** Pushes a 64-bit constant. */
  i64(value: bigint): this {
    this.bytes.push(W.i64);
    return this.#signed(BigInt.asIntN(64, value));
  }

  /** Pushes a constant float. */
  f32(value: number): this {
    return this.op(W.f32, ...new Uint8Array(Float32Array.of(value).buffer));
  }

  /** Pushes a constant double. */
  f64(value: number): this {
    return this.op(W.f64, ...new Uint8Array(Float64Array.of(value).buffer));
  }

  /** Pushes a local. */
  get(local: number): this {
    this.bytes.push(W.localGet);
    return this.unsigned(local);
  }

  /** Pops into a local. */
  set(local: number): this {
    this.bytes.push(W.localSet);
    return this.unsigned(local);
  }

  /** Copies the top of the stack into a local. */
  tee(local: number): this {
    this.bytes.push(W.localTee);
    return this.unsigned(local);
  }

  /** A load or store at the address on the stack plus an offset; alignment is a hint, none is given. */
  memory(code: number, offset: number): this {
    this.bytes.push(code, 0);
    return this.unsigned(offset);
  }

  /** Opens a block, loop or if without result. */
  open(code: number): this {
    this.bytes.push(code, VOID);
    this.depth++;
    return this;
  }

  /** Closes what was opened last. */
  end(): this {
    this.bytes.push(W.end);
    this.depth--;
    return this;
  }

  /** Jumps to what was opened when {@linkcode Code.depth} was `level`. */
  br(level: number): this {
    this.bytes.push(W.br);
    return this.unsigned(this.depth - level - 1);
  }

  /** Calls an imported function. */
  call(index: number): this {
    this.bytes.push(W.call);
    return this.unsigned(index);
  }
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...new Code().unsigned(content.length).bytes, ...content];
}

function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** Locals besides the parameter, in this order. */
export interface Locals {
  readonly words: number;
  readonly longs: number;
  readonly floats: number;
  readonly doubles: number;
}

/**
 * A module with one function `f: (i32) -> i32`; it imports memory `e.m` and functions
 * `(i32, i32) -> ()` of `e`, whose indices count from 0.
 *
 * @param body Code of the function, without its end
 * @param numbers Locals by type
 * @param imports Names of the functions
 */
export function encodeModule(
  body: Code,
  numbers: Locals,
  imports: readonly string[],
): Uint8Array<ArrayBuffer> {
  const groups = [
    [numbers.words, I32],
    [numbers.longs, I64],
    [numbers.floats, F32],
    [numbers.doubles, F64],
  ] as const;
  const locals = new Code().op(groups.length);
  for (const [count, type] of groups) locals.unsigned(count).op(type);
  const size = new Code().unsigned(locals.bytes.length + body.bytes.length + 1).bytes;
  const code = new Code().op(1, ...size, ...locals.bytes).bytes;
  for (const byte of body.bytes) code.push(byte);
  code.push(W.end);
  const length = new Code().unsigned(code.length).bytes;
  const head = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [2, 0x60, 1, I32, 1, I32, 0x60, 2, I32, I32, 0]),
    ...section(2, [
      1 + imports.length,
      ...[...name("e"), ...name("m"), 2, 0, 1],
      ...imports.flatMap((one) => [...name("e"), ...name(one), 0, 1]),
    ]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("f"), 0, imports.length]),
    ...[10, ...length],
  ];
  const bytes = new Uint8Array(head.length + code.length);
  bytes.set(head);
  bytes.set(code, head.length);
  return bytes;
}

/** A function that a module exports. */
export interface ExportedFunction {
  readonly name: string;
  /** Code, without its end. */
  readonly body: Code;
}

/**
 * A module with functions `(i32, i32) -> ()`; it imports memory `e.m`.
 *
 * @param functions The functions
 * @param words Locals of 32 bits besides the parameters; behind them there is one double
 */
export function encodeFunctions(
  functions: readonly ExportedFunction[],
  words: number,
): Uint8Array<ArrayBuffer> {
  const bodies = functions.flatMap(({ body }) => {
    const content = [
      ...new Code().op(2).unsigned(words).op(I32, 1, F64).bytes,
      ...body.bytes,
      W.end,
    ];
    return [...new Code().unsigned(content.length).bytes, ...content];
  });
  const count = functions.length;
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, I32, I32, 0]),
    ...section(2, [1, ...name("e"), ...name("m"), 2, 0, 1]),
    ...section(3, [count, ...functions.map(() => 0)]),
    ...section(7, [count, ...functions.flatMap((one, index) => [...name(one.name), 0, index])]),
    ...section(10, [count, ...bodies]),
  ]);
}
