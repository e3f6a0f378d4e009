/**
 * A case as JSON that a person reads and `--case` runs again.
 *
 * @module
 */
import { DATA, DATA_SIZE, type FuzzCase, hex, nameOf, TARGETS, WORDS } from "./state.ts";

const ROW = 16;

interface CaseText {
  readonly target: string;
  readonly at: string;
  readonly code: string;
  /** Registers that are not zero, by name. */
  readonly registers: Readonly<Record<string, string>>;
  /** Bytes of data that are not zero, by address. */
  readonly data: Readonly<Record<string, string>>;
}

function digits(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Prints a case. */
export function printCase({ target, at, code, before, data }: FuzzCase): string {
  const registers: Record<string, string> = {};
  before.forEach((value, index) => {
    if (value !== 0 && index !== 15) registers[nameOf(index)] = hex(value);
  });
  const rows: Record<string, string> = {};
  for (let from = 0; from < DATA_SIZE; from += ROW) {
    const row = data.subarray(from, from + ROW);
    if (row.some((byte) => byte !== 0)) rows[hex(DATA + from)] = digits(row);
  }
  const text: CaseText = {
    target: target.name,
    at: hex(at),
    code: digits(code),
    registers,
    data: rows,
  };
  return JSON.stringify(text, null, 2);
}

/** Reads what {@linkcode printCase} printed. */
export function readCase(json: string): FuzzCase {
  const text = JSON.parse(json) as CaseText;
  const target = TARGETS.find(({ name }) => name === text.target);
  if (target === undefined) throw new Error(`Cannot run a case for ${text.target}: no such target`);
  const before = new Int32Array(WORDS);
  for (let index = 0; index < WORDS; index++) {
    before[index] = parseInt(text.registers[nameOf(index)] ?? "0", 16);
  }
  before[15] = parseInt(text.at, 16);
  const data = new Uint8Array(DATA_SIZE);
  for (const [address, row] of Object.entries(text.data)) {
    data.set(bytesOf(row), parseInt(address, 16) - DATA);
  }
  return { target, at: parseInt(text.at, 16), code: bytesOf(text.code), before, data };
}
