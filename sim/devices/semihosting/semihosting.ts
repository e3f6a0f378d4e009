/**
 * Semihosting: the requests that a program makes of its host by `BKPT 0xAB`, operation in r0, argument
 * in r1, result in r0. Source: "Semihosting for AArch32 and AArch64" (Arm abi-aa, semihosting.rst), the
 * section is named at each operation. A program reaches the console, and files where the user grants them;
 * time is that of the board.
 *
 * @module
 */
import type { Stateful, StopReason } from "../../types.ts";
import { MAX_OUTPUT, type OutputState, TextOutput } from "../text_output.ts";
import { ERRNO, HostFileError, type HostFiles } from "./files.ts";
import { Handles, type HandleState } from "./handles.ts";

/** What a program finds around it. */
export interface SemihostingOptions {
  /** Files; without them there is only the console. */
  readonly files?: HostFiles | undefined;
  /** What the console's reader gets; default nothing. */
  readonly stdin?: Uint8Array | undefined;
  /** Its command line, the program's name first; default empty. */
  readonly commandLine?: string | undefined;
}

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
  /** Heap base, heap limit, stack base, stack limit for SYS_HEAPINFO; default: all 0, "not known". */
  readonly heap?: (() => readonly number[]) | undefined;
}

/** The host's side. */
export interface Semihosting extends Stateful {
  /** Serves one request. */
  serve(registers: Int32Array): StopReason | undefined;
  /** What the program printed. */
  output(): string;
  /** What it asked for in vain. */
  notes(): string[];
  /** Forgets output and notes, closes files. */
  reset(): void;
}

interface SavedSemihosting {
  readonly output: OutputState;
  readonly handles: HandleState;
  readonly errno: number;
  readonly notes: readonly string[];
}

const SYS = {
  open: 0x01,
  close: 0x02,
  writeC: 0x03,
  write0: 0x04,
  write: 0x05,
  read: 0x06,
  readC: 0x07,
  isError: 0x08,
  isTty: 0x09,
  seek: 0x0a,
  length: 0x0c,
  temporaryName: 0x0d,
  remove: 0x0e,
  rename: 0x0f,
  clock: 0x10,
  time: 0x11,
  system: 0x12,
  errno: 0x13,
  commandLine: 0x15,
  heapInfo: 0x16,
  exit: 0x18,
  exitExtended: 0x20,
  elapsed: 0x30,
  tickFrequency: 0x31,
} as const;

const ADP_STOPPED_APPLICATION_EXIT = 0x20026;
/** Longest string that SYS_WRITE0 may point at, and longest name of a file. */
const MAX_STRING = 64 * 1024;
const MAX_NAME = 4096;
/** Bytes of a string that are read at a time. */
const STRING_STEP = 64;
/** Notes that are kept: a program may make up any number of requests. */
const MAX_NOTES = 20;

/**
 * Makes the host's side of semihosting.
 *
 * @param parts Memory and clock
 * @param options Files, input, command line
 */
export function createSemihosting(
  parts: SemihostingParts,
  options: SemihostingOptions = {},
): Semihosting {
  const output = new TextOutput();
  const handles = new Handles(options.files, output, options.stdin ?? new Uint8Array(0));
  const notes = new Set<string>();
  let errno = 0;

  const note = (text: string): void => {
    if (notes.size < MAX_NOTES) notes.add(text);
  };

  const words = (address: number, count: number): number[] => {
    const bytes = parts.read(address >>> 0, 4 * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true));
  };

  const textAt = (address: number, length: number): string =>
    new TextDecoder().decode(parts.read(address, Math.min(length, MAX_NAME)));

  const writeWords = (address: number, values: readonly number[]): void => {
    const result = new Uint8Array(4 * values.length);
    const view = new DataView(result.buffer);
    values.forEach((value, index) => view.setUint32(4 * index, value, true));
    parts.write(address >>> 0, result);
  };

  /** Memory at an address, as much of it as there is up to `length` bytes. */
  const available = (address: number, length: number): Uint8Array => {
    try {
      return parts.read(address, length);
    } catch (error) {
      if (length === 1) throw error;
      return parts.read(address, 1);
    }
  };

  const printString = (address: number): void => {
    for (let done = 0; done < MAX_STRING;) {
      const bytes = available((address + done) >>> 0, STRING_STEP);
      const end = bytes.indexOf(0);
      output.write(end < 0 ? bytes : bytes.subarray(0, end));
      if (end >= 0) return;
      done += bytes.length;
    }
  };

  /** Section 7.1: `:tt` is the console, `:semihosting-features` says what exists, the rest are files. */
  const open = (argument: number): number => {
    const [address = 0, mode = 0, length = 0] = words(argument, 3);
    const name = textAt(address, length);
    try {
      return handles.open(name, mode);
    } catch (error) {
      if (error instanceof HostFileError) {
        note(`semihosting SYS_OPEN of ${JSON.stringify(name)} was refused: ${error.message}`);
      }
      throw error;
    }
  };

  const files = (what: string, name: string): HostFiles => {
    if (options.files !== undefined) return options.files;
    note(`semihosting ${what} of ${JSON.stringify(name)} was refused: no directory was granted`);
    throw new HostFileError(ERRNO.noEntry, "no directory was granted");
  };

  /** Section 7.2: the number of bytes not read; all of them at the end. */
  const read = (argument: number): number => {
    const [handle = 0, address = 0, length = 0] = words(argument, 3);
    // Whether the buffer is there is asked before anything is taken from the file.
    if (length > 0) {
      parts.read(address, 1);
      parts.read((address + length - 1) >>> 0, 1);
    }
    const bytes = handles.read(handle, length);
    parts.write(address, bytes);
    return length - bytes.length;
  };

  /** Section 7.2: the number of bytes not written. */
  const write = (argument: number): number => {
    const [handle = 0, address = 0, length = 0] = words(argument, 3);
    handles.write(handle, parts.read(address, length));
    return 0;
  };

  const temporaryName = (argument: number): number => {
    const [address = 0, id = 0, length = 0] = words(argument, 3);
    const name = new TextEncoder().encode(`tmp${(id & 0xff).toString().padStart(3, "0")}.tmp\0`);
    if (name.length > length) throw new HostFileError(ERRNO.tooBig, "the buffer is too short");
    parts.write(address, name);
    return 0;
  };

  const commandLine = (argument: number): number => {
    const [address = 0, room = 0] = words(argument, 2);
    const text = new TextEncoder().encode(`${options.commandLine ?? ""}\0`);
    if (text.length > room) throw new HostFileError(ERRNO.tooBig, "the buffer is too short");
    parts.write(address, text);
    writeWords(argument + 4, [text.length - 1]);
    return 0;
  };

  const rename = (argument: number): number => {
    const [from = 0, fromLength = 0, to = 0, toLength = 0] = words(argument, 4);
    const name = textAt(from, fromLength);
    files("SYS_RENAME", name).rename(name, textAt(to, toLength));
    return 0;
  };

  const remove = (argument: number): number => {
    const [address = 0, length = 0] = words(argument, 2);
    const name = textAt(address, length);
    files("SYS_REMOVE", name).remove(name);
    return 0;
  };

  const seconds = (): number => parts.cycles() / parts.clockHz;

  /** The result for r0, or a reason to stop. */
  const request = (operation: number, argument: number): number | StopReason => {
    switch (operation) {
      case SYS.open:
        return open(argument);
      case SYS.close:
        handles.close(words(argument, 1)[0] ?? 0);
        return 0;
      case SYS.writeC:
        output.write(parts.read(argument >>> 0, 1));
        return 0;
      case SYS.write0:
        printString(argument);
        return 0;
      case SYS.write:
        return write(argument);
      case SYS.read:
        return read(argument);
      case SYS.readC: // the argument is 0; −1 at the end of the input
        return handles.readConsole(1)[0] ?? -1;
      case SYS.isError: // non-zero for a negative status
        return ((words(argument, 1)[0] ?? 0) | 0) < 0 ? 1 : 0;
      case SYS.isTty: {
        const { kind } = handles.get(words(argument, 1)[0] ?? 0);
        return kind === "input" || kind === "output" ? 1 : 0;
      }
      case SYS.seek: {
        const [handle = 0, position = 0] = words(argument, 2);
        handles.seek(handle, position);
        return 0;
      }
      case SYS.length:
        return handles.lengthOf(words(argument, 1)[0] ?? 0);
      case SYS.temporaryName:
        return temporaryName(argument);
      case SYS.remove:
        return remove(argument);
      case SYS.rename:
        return rename(argument);
      case SYS.clock: // centiseconds
        return Math.floor(seconds() * 100) | 0;
      case SYS.time: // seconds since the epoch, which is the reset here
        return Math.floor(seconds()) | 0;
      case SYS.system:
        note("semihosting SYS_SYSTEM was refused: programs run no commands of the host");
        throw new HostFileError(ERRNO.notImplemented, "refused");
      case SYS.errno:
        return errno;
      case SYS.commandLine:
        return commandLine(argument);
      case SYS.heapInfo:
        writeWords(words(argument, 1)[0] ?? 0, parts.heap?.() ?? [0, 0, 0, 0]);
        return 0;
      case SYS.elapsed: { // a 64-bit count, least significant word first
        const cycles = parts.cycles();
        writeWords(argument, [cycles % 2 ** 32, Math.floor(cycles / 2 ** 32)]);
        return 0;
      }
      case SYS.tickFrequency:
        return parts.clockHz | 0;
      case SYS.exit: // the 32-bit variant has a reason and no code
        return { kind: "exit", code: argument === ADP_STOPPED_APPLICATION_EXIT ? 0 : 1 };
      case SYS.exitExtended: {
        const [reason = 0, code = 0] = words(argument, 2);
        return { kind: "exit", code: reason === ADP_STOPPED_APPLICATION_EXIT ? code | 0 : 1 };
      }
      default:
        note(`semihosting operation 0x${(operation >>> 0).toString(16)} is not served: it got -1`);
        throw new HostFileError(ERRNO.notImplemented, "not served");
    }
  };

  /** What a request that failed leaves in r0: −1, for reads and writes all their bytes. */
  const failed = (operation: number, argument: number, error: unknown): number => {
    if (!(error instanceof HostFileError)) {
      const hex = (operation >>> 0).toString(16);
      note(`semihosting operation 0x${hex} pointed outside the memories: it got -1`);
      errno = ERRNO.io;
      return -1;
    }
    errno = error.errno;
    const moves = operation === SYS.write || operation === SYS.read;
    return moves ? words(argument, 3)[2] ?? -1 : -1;
  };

  return {
    serve(registers) {
      const [operation = 0, argument = 0] = registers;
      let result: number | StopReason;
      try {
        result = request(operation, argument);
      } catch (error) {
        result = failed(operation, argument, error);
      }
      if (typeof result !== "number") {
        handles.reset();
        return result;
      }
      registers[0] = result;
      return undefined;
    },
    output: () => output.text(),
    notes: () => [
      ...notes,
      ...(output.dropped > 0 ? [`console output beyond ${MAX_OUTPUT} B was dropped`] : []),
    ],
    save: () => ({ output: output.save(), handles: handles.save(), errno, notes: [...notes] }),
    restore(saved) {
      const from = saved as SavedSemihosting;
      output.restore(from.output);
      handles.restore(from.handles);
      errno = from.errno;
      notes.clear();
      for (const text of from.notes) notes.add(text);
    },
    reset() {
      output.clear();
      handles.reset();
      errno = 0;
      notes.clear();
    },
  };
}
