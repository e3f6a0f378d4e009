/**
 * Places in memory by name or number, and numbers in bytes.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { closest } from "../src/base/units.ts";
import type { ElfImage, ElfSymbol } from "./elf/mod.ts";

/** An address, or a symbol, with `+offset` if wanted: `0x2000_0000`, `"buffer"`, `"buffer+0x10"`. */
export type Place = string | number;

/** A number in memory, little-endian. */
export type NumberType = "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "f32" | "f64";

/** Bytes of a number. */
export const NUMBER_BYTES: Readonly<Record<NumberType, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  f64: 8,
};

/** The symbol of that name; throws {@linkcode InputError} (E-SIM-SYMBOL) if there is none. */
export function symbolOf(elf: ElfImage, name: string): ElfSymbol {
  const found = elf.symbol(name);
  if (found !== undefined) return found;
  const near = closest(name, elf.symbols.map((symbol) => symbol.name));
  throw new InputError("E-SIM-SYMBOL", `Cannot find symbol ${name} in ${elf.file}`, {
    hints: [
      ...(near === undefined ? [] : [`did you mean ${near}?`]),
      "link without --strip-all; --gc-sections drops what nothing refers to",
    ],
  });
}

/** The address of a place; throws {@linkcode InputError} (E-SIM-SYMBOL, E-SIM-PLACE). */
export function addressOf(elf: ElfImage, place: Place): number {
  if (typeof place === "number") {
    if (Number.isInteger(place) && place >= -(2 ** 31) && place < 2 ** 32) return place >>> 0;
    throw new InputError("E-SIM-PLACE", `Cannot use ${place} as an address: needs 32 bits`);
  }
  const [, name = place, offset = "0"] = /^(.+)\+(0x[0-9a-f]+|\d+)$/i.exec(place) ?? [];
  return (symbolOf(elf, name).address + Number(offset)) >>> 0;
}

/** The number in some bytes. */
export function decodeNumber(bytes: Uint8Array, type: NumberType): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (type) {
    case "u8":
      return view.getUint8(0);
    case "i8":
      return view.getInt8(0);
    case "u16":
      return view.getUint16(0, true);
    case "i16":
      return view.getInt16(0, true);
    case "u32":
      return view.getUint32(0, true);
    case "i32":
      return view.getInt32(0, true);
    case "f32":
      return view.getFloat32(0, true);
    case "f64":
      return view.getFloat64(0, true);
  }
}

/** The bytes of a number. */
export function encodeNumber(value: number, type: NumberType): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES[type]);
  const view = new DataView(bytes.buffer);
  if (type === "f32") view.setFloat32(0, value, true);
  else if (type === "f64") view.setFloat64(0, value, true);
  else if (bytes.length === 1) view.setUint8(0, value);
  else if (bytes.length === 2) view.setUint16(0, value, true);
  else view.setUint32(0, value, true);
  return bytes;
}
