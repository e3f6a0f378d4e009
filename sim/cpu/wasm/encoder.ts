/**
 * The part of WebAssembly's binary format that the translator writes: one function, one imported memory,
 * two imported functions (WebAssembly Core Specification 2.0, chapter 5).
 *
 * @module
 */

/** Opcodes (chapter 5.4). */
export const W = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  load: 0x28,
  load64: 0x29,
  load8s: 0x2c,
  load8u: 0x2d,
  load16s: 0x2e,
  load16u: 0x2f,
  store: 0x36,
  store64: 0x37,
  store8: 0x3a,
  store16: 0x3b,
  i32: 0x41,
  i64: 0x42,
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
  mul64: 0x7e,
  or64: 0x84,
  shl64: 0x86,
  shrS64: 0x87,
  shrU64: 0x88,
  wrap: 0xa7,
  extendS: 0xac,
  extendU: 0xad,
  extend8: 0xc0,
  extend16: 0xc1,
} as const;

const VOID = 0x40;
const I32 = 0x7f;
const I64 = 0x7e;

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

/**
 * A module with one function `f: (i32) -> i32`; it imports memory `e.m` and the functions `e.s` and
 * `e.u: (i32, i32) -> ()`, which have indices 0 and 1.
 *
 * @param body Code of the function, without its end
 * @param words Locals of 32 bits besides the parameter
 * @param longs Locals of 64 bits behind them
 */
export function encodeModule(body: Code, words: number, longs: number): Uint8Array<ArrayBuffer> {
  const locals = new Code().op(2).unsigned(words).op(I32).unsigned(longs).op(I64).bytes;
  const size = new Code().unsigned(locals.length + body.bytes.length + 1).bytes;
  const code = new Code().op(1, ...size, ...locals).bytes;
  for (const byte of body.bytes) code.push(byte);
  code.push(W.end);
  const length = new Code().unsigned(code.length).bytes;
  const head = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [2, 0x60, 1, I32, 1, I32, 0x60, 2, I32, I32, 0]),
    ...section(2, [
      3,
      ...[...name("e"), ...name("m"), 2, 0, 1],
      ...[...name("e"), ...name("s"), 0, 1],
      ...[...name("e"), ...name("u"), 0, 1],
    ]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("f"), 0, 2]),
    ...[10, ...length],
  ];
  const bytes = new Uint8Array(head.length + code.length);
  bytes.set(head);
  bytes.set(code, head.length);
  return bytes;
}
