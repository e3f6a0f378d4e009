/**
 * FlatBuffers tables whose every access is checked against the end of the file. The `flatbuffers`
 * package trusts its input: past the end it reads zeros and follows them. Layout: FlatBuffers
 * internals, https://flatbuffers.dev/internals/
 *
 * @module
 */
import { ByteBuffer } from "flatbuffers";
import { InputError } from "../../base/error.ts";

/** A file that is being read. */
export interface Reader {
  /** Path as the user gave it. */
  readonly file: string;
  /** The bytes. */
  readonly buffer: ByteBuffer;
  /** How many there are. */
  readonly size: number;
  /**
   * Bytes that may still be decoded. Offsets may point at the same vector again and again; without a
   * limit a small file could ask for the square of its size.
   */
  budget: number;
}

/** A table. */
export interface Table {
  /** Its file. */
  readonly reader: Reader;
  /** Offset of its first byte. */
  readonly at: number;
  /** Offset of its vtable. */
  readonly vtable: number;
  /** Bytes of the vtable. */
  readonly vtableSize: number;
  /** Bytes of the table. */
  readonly size: number;
}

/** An error about the whole file. */
export function fileError(file: string, code: string, problem: string): InputError {
  return new InputError(code, `Cannot import "${file}": ${problem}`);
}

function corrupt(reader: Reader, what: string, at: number): InputError {
  const problem = `${what} at offset ${at} does not lie within its ${reader.size} B, ` +
    `needs a whole, undamaged TFLite file`;
  return fileError(reader.file, "E-TFLITE-CORRUPT", problem);
}

function inside(reader: Reader, at: number, length: number, what: string): void {
  if (at < 0 || at + length > reader.size) throw corrupt(reader, what, at);
}

/** Takes bytes from the budget, for what is decoded or made from the file. */
export function charge(reader: Reader, bytes: number): void {
  reader.budget -= bytes;
  if (reader.budget < 0) {
    const problem = `it describes far more data than its ${reader.size} B can hold, ` +
      `needs vectors that do not share their bytes`;
    throw fileError(reader.file, "E-TFLITE-CORRUPT", problem);
  }
}

/**
 * Opens a FlatBuffers file.
 *
 * @param bytes The file
 * @param file Its path, for errors
 * @param identifier Four characters after the root offset
 * @returns The root table
 * @throws {InputError} E-TFLITE-FORMAT, E-TFLITE-CORRUPT
 */
export function openRoot(bytes: Uint8Array, file: string, identifier: string): Table {
  const found = String.fromCharCode(...bytes.subarray(4, 8));
  if (found !== identifier) {
    const actual = bytes.length < 8 ? `it has ${bytes.length} B` : JSON.stringify(found);
    const problem =
      `no TFLite file: ${actual}, needs the identifier "${identifier}" in bytes 4 to 7`;
    throw fileError(file, "E-TFLITE-FORMAT", problem);
  }
  const buffer = new ByteBuffer(bytes);
  const budget = 16 * bytes.length + 2 ** 20;
  const reader: Reader = { file, buffer, size: bytes.length, budget };
  return tableAt(reader, buffer.readUint32(0), "root table");
}

function tableAt(reader: Reader, at: number, what: string): Table {
  inside(reader, at, 4, what);
  const vtable = at - reader.buffer.readInt32(at);
  inside(reader, vtable, 4, `vtable of ${what}`);
  const vtableSize = reader.buffer.readUint16(vtable);
  const size = reader.buffer.readUint16(vtable + 2);
  inside(reader, vtable, Math.max(4, vtableSize), `vtable of ${what}`);
  inside(reader, at, Math.max(4, size), what);
  return { reader, at, vtable, vtableSize, size };
}

/** Offset of a field, or 0 if the table has none. */
function fieldAt(table: Table, id: number, width: number): number {
  const entry = 4 + 2 * id;
  if (entry + 2 > table.vtableSize) return 0;
  const offset = table.reader.buffer.readUint16(table.vtable + entry);
  if (offset === 0) return 0;
  if (offset + width > table.size) throw corrupt(table.reader, `field ${id}`, table.at + offset);
  return table.at + offset;
}

/** Whether the table has the field. */
export function has(table: Table, id: number): boolean {
  return fieldAt(table, id, 1) !== 0;
}

/** A `byte` field; enums of the schema are bytes. */
export function int8(table: Table, id: number, otherwise = 0): number {
  const at = fieldAt(table, id, 1);
  return at === 0 ? otherwise : table.reader.buffer.readInt8(at);
}

/** An `int` field. */
export function int32(table: Table, id: number, otherwise = 0): number {
  const at = fieldAt(table, id, 4);
  return at === 0 ? otherwise : table.reader.buffer.readInt32(at);
}

/** A `uint` field. */
export function uint32(table: Table, id: number): number {
  const at = fieldAt(table, id, 4);
  return at === 0 ? 0 : table.reader.buffer.readUint32(at);
}

/** A `ulong` field. */
export function uint64(table: Table, id: number): bigint {
  const at = fieldAt(table, id, 8);
  return at === 0 ? 0n : table.reader.buffer.readUint64(at);
}

/** A `float` field. */
export function float32(table: Table, id: number): number {
  const at = fieldAt(table, id, 4);
  return at === 0 ? 0 : table.reader.buffer.readFloat32(at);
}

function follow(table: Table, id: number): number {
  const at = fieldAt(table, id, 4);
  return at === 0 ? 0 : at + table.reader.buffer.readUint32(at);
}

/**
 * Where what a field refers to begins, in bytes from the start of the file; 0 if the table has no such field.
 */
export function referredTo(table: Table, id: number): number {
  const at = follow(table, id);
  if (at !== 0) inside(table.reader, at, 4, `what field ${id} refers to`);
  return at;
}

/** A field that is a table; for a union, of whatever type its type field says. */
export function subtable(table: Table, id: number): Table | undefined {
  const at = follow(table, id);
  return at === 0 ? undefined : tableAt(table.reader, at, `table of field ${id}`);
}

interface Vector {
  readonly at: number;
  readonly length: number;
}

const NOTHING: Vector = { at: 0, length: 0 };

function vector(table: Table, id: number, width: number): Vector {
  const at = follow(table, id);
  if (at === 0) return NOTHING;
  inside(table.reader, at, 4, `vector of field ${id}`);
  const length = table.reader.buffer.readUint32(at);
  inside(table.reader, at + 4, length * width, `vector of field ${id}`);
  charge(table.reader, length * width);
  return { at: at + 4, length };
}

/** A field that is a vector of tables, to be opened one by one. */
export interface Tables {
  /** How many. */
  readonly length: number;
  /** Opens one; `index` is below `length`. */
  readonly open: (index: number) => Table;
}

/** A vector of tables; empty if the table has no such field. */
export function tables(table: Table, id: number): Tables {
  const { at, length } = vector(table, id, 4);
  const { reader } = table;
  const open = (index: number) => {
    const entry = at + 4 * index;
    return tableAt(
      reader,
      entry + reader.buffer.readUint32(entry),
      `table ${index} of field ${id}`,
    );
  };
  return { length, open };
}

function elements<T>(table: Table, id: number, width: number, read: (at: number) => T): T[] {
  const { at, length } = vector(table, id, width);
  return Array.from({ length }, (_, i) => read(at + i * width));
}

/** A vector of `int`. */
export function int32s(table: Table, id: number): number[] {
  return elements(table, id, 4, (at) => table.reader.buffer.readInt32(at));
}

/** A vector of `float`. */
export function float32s(table: Table, id: number): number[] {
  return elements(table, id, 4, (at) => table.reader.buffer.readFloat32(at));
}

/** A vector of `long`. */
export function int64s(table: Table, id: number): bigint[] {
  return elements(table, id, 8, (at) => table.reader.buffer.readInt64(at));
}

/** A vector of `ubyte`, copied. */
export function bytes(table: Table, id: number): Uint8Array {
  const { at, length } = vector(table, id, 1);
  return table.reader.buffer.bytes().slice(at, at + length);
}

/** A `string`; malformed UTF-8 becomes U+FFFD. */
export function text(table: Table, id: number): string {
  return new TextDecoder().decode(bytes(table, id));
}
