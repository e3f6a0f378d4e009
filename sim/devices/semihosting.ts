/**
 * Semihosting: the requests that a program makes of its host by `BKPT 0xAB`, operation in r0, argument
 * in r1, result in r0. Source: "Semihosting for AArch32 and AArch64" (Arm abi-aa, semihosting.rst), the
 * section is named at each operation. Only the console exists: files cannot be opened.
 *
 * @module
 */
import type { Stateful, StopReason } from "../types.ts";

/** What semihosting needs of the machine. */
export interface SemihostingParts {
  /** Reads memory, uncounted; throws if it is not there. */
  readonly read: (address: number, length: number) => Uint8Array;
  /** Writes memory, uncounted; throws if it is not there. */
  readonly write: (address: number, bytes: Uint8Array) => void;
  /** Cycles since reset. */
  readonly cycles: () => number;
  /** Clock, Hz. */
  readonly clockHz: number;
}

/** The host's side. */
export interface Semihosting extends Stateful {
  /** Serves one request. */
  serve(registers: Int32Array): StopReason | undefined;
  /** What the program printed. */
  output(): string;
  /** What it asked for in vain. */
  notes(): string[];
  /** Forgets output and notes. */
  reset(): void;
}

interface SavedConsole {
  readonly chunks: readonly Uint8Array[];
  readonly printed: number;
  readonly errno: number;
  readonly notes: readonly string[];
}

const SYS_OPEN = 0x01;
const SYS_CLOSE = 0x02;
const SYS_WRITEC = 0x03;
const SYS_WRITE0 = 0x04;
const SYS_WRITE = 0x05;
const SYS_ISERROR = 0x08;
const SYS_ISTTY = 0x09;
const SYS_CLOCK = 0x10;
const SYS_TIME = 0x11;
const SYS_ERRNO = 0x13;
const SYS_EXIT = 0x18;
const SYS_EXIT_EXTENDED = 0x20;
const SYS_ELAPSED = 0x30;
const SYS_TICKFREQ = 0x31;

const ADP_STOPPED_APPLICATION_EXIT = 0x20026;
const EIO = 5;
const ENOENT = 2;
const HANDLES = { stdin: 1, stdout: 2, stderr: 3 } as const;
/** A program that prints without end must not exhaust the host's memory. */
const MAX_OUTPUT = 4 * 1024 * 1024;
/** Longest string that SYS_WRITE0 may point at. */
const MAX_STRING = 64 * 1024;

/**
 * Makes the host's side of semihosting.
 *
 * @param parts Memory and clock
 */
export function createSemihosting(parts: SemihostingParts): Semihosting {
  let chunks: Uint8Array[] = [];
  let printed = 0;
  let errno = 0;
  const notes = new Set<string>();

  const print = (bytes: Uint8Array): void => {
    const room = MAX_OUTPUT - printed;
    if (bytes.length > room) notes.add(`console output beyond ${MAX_OUTPUT} B was dropped`);
    if (room > 0) chunks.push(bytes.slice(0, room));
    printed += bytes.length;
  };

  const words = (address: number, count: number): number[] => {
    const bytes = parts.read(address >>> 0, 4 * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true));
  };

  const printString = (address: number): void => {
    const bytes: number[] = [];
    while (bytes.length < MAX_STRING) {
      const [byte = 0] = parts.read((address + bytes.length) >>> 0, 1);
      if (byte === 0) break;
      bytes.push(byte);
    }
    print(Uint8Array.from(bytes));
  };

  const fail = (code: number): number => {
    errno = code;
    return -1;
  };

  /** Section 4.10: `:tt` is the console, for reading, writing or appending by the mode. */
  const open = (argument: number): number => {
    const [address = 0, mode = 0, length = 0] = words(argument, 3);
    const name = new TextDecoder().decode(parts.read(address, Math.min(length, 256)));
    if (name === ":tt") {
      return mode < 4 ? HANDLES.stdin : mode < 8 ? HANDLES.stdout : HANDLES.stderr;
    }
    notes.add(`semihosting SYS_OPEN of "${name}" was refused: only the console :tt exists`);
    return fail(ENOENT);
  };

  /** Section 4.17: returns the number of bytes not written. */
  const write = (argument: number): number => {
    const [handle = 0, address = 0, length = 0] = words(argument, 3);
    if (handle !== HANDLES.stdout && handle !== HANDLES.stderr) return fail(EIO);
    print(parts.read(address, length));
    return 0;
  };

  /** Section 4.6: a 64-bit count, least significant word first. */
  const elapsed = (argument: number): number => {
    const cycles = parts.cycles();
    const result = new Uint8Array(8);
    const view = new DataView(result.buffer);
    view.setUint32(0, cycles % 2 ** 32, true);
    view.setUint32(4, Math.floor(cycles / 2 ** 32), true);
    parts.write(argument >>> 0, result);
    return 0;
  };

  /** The result for r0, or a reason to stop. */
  const request = (operation: number, argument: number): number | StopReason => {
    switch (operation) {
      case SYS_OPEN:
        return open(argument);
      case SYS_CLOSE:
        return 0;
      case SYS_WRITEC: // section 4.18
        print(parts.read(argument >>> 0, 1));
        return 0;
      case SYS_WRITE0: // section 4.19
        printString(argument);
        return 0;
      case SYS_WRITE:
        return write(argument);
      case SYS_ISERROR: // section 4.13: non-zero for a negative status
        return ((words(argument, 1)[0] ?? 0) | 0) < 0 ? 1 : 0;
      case SYS_ISTTY: // section 4.14: every handle is the console
        return 1;
      case SYS_CLOCK: // section 4.2: centiseconds
        return Math.floor(parts.cycles() / parts.clockHz * 100) | 0;
      case SYS_TIME: // section 4.22: seconds since the epoch, which is the reset here
        return Math.floor(parts.cycles() / parts.clockHz) | 0;
      case SYS_ERRNO:
        return errno;
      case SYS_ELAPSED:
        return elapsed(argument);
      case SYS_TICKFREQ: // section 4.21
        return parts.clockHz | 0;
      case SYS_EXIT: // section 4.7: the 32-bit variant has a reason and no code
        return { kind: "exit", code: argument === ADP_STOPPED_APPLICATION_EXIT ? 0 : 1 };
      case SYS_EXIT_EXTENDED: { // section 4.8
        const [reason = 0, code = 0] = words(argument, 2);
        return { kind: "exit", code: reason === ADP_STOPPED_APPLICATION_EXIT ? code | 0 : 1 };
      }
      default:
        notes.add(
          `semihosting operation 0x${(operation >>> 0).toString(16)} is not served: it got -1`,
        );
        return fail(EIO);
    }
  };

  return {
    serve(registers) {
      const [operation = 0, argument = 0] = registers;
      let result: number | StopReason;
      try {
        result = request(operation, argument);
      } catch {
        const hex = (operation >>> 0).toString(16);
        notes.add(`semihosting operation 0x${hex} pointed outside the memories: it got -1`);
        result = fail(EIO);
      }
      if (typeof result !== "number") return result;
      registers[0] = result;
      return undefined;
    },
    output: () => {
      const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      return new TextDecoder().decode(all);
    },
    notes: () => [...notes],
    save: () => ({ chunks: [...chunks], printed, errno, notes: [...notes] }),
    restore(from) {
      const saved = from as SavedConsole;
      chunks = [...saved.chunks];
      printed = saved.printed;
      errno = saved.errno;
      notes.clear();
      for (const note of saved.notes) notes.add(note);
    },
    reset() {
      chunks = [];
      printed = 0;
      errno = 0;
      notes.clear();
    },
  };
}
