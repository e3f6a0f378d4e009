/**
 * libunicorn 2 through FFI. An adapter: the only file of the emulator that touches `Deno`, because a
 * library of the system cannot be reached otherwise.
 *
 * @module
 */
import type { AccessHook, CodeHook, InvalidHook, UnicornCore } from "./provider.ts";
import { HOOK } from "./provider.ts";

const SYMBOLS = {
  uc_version: { parameters: ["buffer", "buffer"], result: "u32" },
  uc_open: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  uc_close: { parameters: ["pointer"], result: "i32" },
  uc_ctl: { parameters: ["pointer", "u32", "i32"], result: "i32" },
  uc_ctl_range: { name: "uc_ctl", parameters: ["pointer", "u32", "u64", "u64"], result: "i32" },
  uc_mem_map: { parameters: ["pointer", "u64", "usize", "u32"], result: "i32" },
  uc_mem_write: { parameters: ["pointer", "u64", "buffer", "usize"], result: "i32" },
  uc_mem_read: { parameters: ["pointer", "u64", "buffer", "usize"], result: "i32" },
  uc_reg_write: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  uc_reg_read: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  uc_hook_add: {
    parameters: ["pointer", "buffer", "i32", "function", "pointer", "u64", "u64"],
    result: "i32",
  },
  uc_emu_start: { parameters: ["pointer", "u64", "u64", "u64", "usize"], result: "i32" },
  uc_emu_stop: { parameters: ["pointer"], result: "i32" },
} as const;

/** Names that Linux and macOS have for it. */
const NAMES = ["libunicorn.so.2", "libunicorn.2.dylib", "unicorn.dll"];

const ARCH_ARM = 1;
/** `UC_MODE_THUMB`, alone and with `UC_MODE_MCLASS`. */
const MODE = { a: 0x10, m: 0x30 } as const;
/** `UC_CTL_WRITE(UC_CTL_CPU_MODEL, 1)`. */
const SET_MODEL = (7 | (1 << 26) | (1 << 30)) >>> 0;

/** `UC_CTL_WRITE(UC_CTL_TB_REMOVE_CACHE, 2)`. */
const REMOVE_CACHE = (9 | (2 << 26) | (1 << 30)) >>> 0;

/** The binding: what {@linkcode UnicornCore} asks for, and what an oracle for single instructions needs. */
export interface LibUnicorn extends UnicornCore {
  /** Copies memory. */
  read(address: number, length: number): Uint8Array;
  /** Runs `count` instructions, or with 0 until an address; the number of the error. */
  startFor(address: number, until: number, count: number): number;
}

/** How a core is opened. */
export interface LibUnicornOptions {
  /** Path or name of the library; default: what the system's loader finds. */
  readonly library?: string | undefined;
  /** M profile (default), or A profile, which executes the same Thumb encodings and more. */
  readonly profile?: "m" | "a" | undefined;
  /** `uc_cpu_arm`; default: what libunicorn takes for the profile. */
  readonly model?: number | undefined;
}

function open(library: string | undefined): Deno.DynamicLibrary<typeof SYMBOLS> {
  let failure: unknown;
  for (const name of library === undefined ? NAMES : [library]) {
    try {
      return Deno.dlopen(name, SYMBOLS);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/**
 * Opens a core of libunicorn.
 *
 * @param options Library, profile, model
 * @throws {Error} What the system's loader says if there is no such library
 */
export function openLibUnicorn(options: LibUnicornOptions = {}): LibUnicorn {
  const lib = open(options.library);
  const { symbols } = lib;
  const handle = new BigUint64Array(1);
  check("uc_open", symbols.uc_open(ARCH_ARM, MODE[options.profile ?? "m"], handle));
  const uc = Deno.UnsafePointer.create(handle[0] ?? 0n);
  if (options.model !== undefined) {
    check("uc_ctl", symbols.uc_ctl(uc, SET_MODEL, options.model));
  }
  const version = symbols.uc_version(new Uint8Array(4), new Uint8Array(4));
  const word = new Int32Array(1);
  const wordBytes = new Uint8Array(word.buffer);
  const callbacks: { close(): void }[] = [];

  const addHook = (type: number, pointer: Deno.PointerValue): void =>
    check("uc_hook_add", symbols.uc_hook_add(uc, new Uint8Array(8), type, pointer, null, 1n, 0n));

  return {
    name: `libunicorn ${version >>> 24}.${(version >>> 16) & 0xff}.${(version >>> 8) & 0xff}`,
    map: (address, size, rights) =>
      check("uc_mem_map", symbols.uc_mem_map(uc, BigInt(address), BigInt(size), rights)),
    write(address, bytes) {
      const length = BigInt(bytes.length);
      check(
        "uc_mem_write",
        symbols.uc_mem_write(uc, BigInt(address), Uint8Array.from(bytes), length),
      );
    },
    forget: (address, length) => {
      symbols.uc_ctl_range(uc, REMOVE_CACHE, BigInt(address), BigInt(address + length));
    },
    read(address, length) {
      const bytes = new Uint8Array(length);
      check("uc_mem_read", symbols.uc_mem_read(uc, BigInt(address), bytes, BigInt(length)));
      return bytes;
    },
    readRegister(register) {
      symbols.uc_reg_read(uc, register, wordBytes);
      return word[0] ?? 0;
    },
    writeRegister(register, value) {
      word[0] = value;
      symbols.uc_reg_write(uc, register, wordBytes);
    },
    readBytes(register, size) {
      const bytes = new Uint8Array(size);
      symbols.uc_reg_read(uc, register, bytes);
      return bytes;
    },
    writeBytes: (register, bytes) => symbols.uc_reg_write(uc, register, Uint8Array.from(bytes)),
    hook(code: CodeHook, access: AccessHook, invalid: InvalidHook) {
      const onCode = new Deno.UnsafeCallback(
        { parameters: ["pointer", "u64", "u32", "pointer"], result: "void" },
        (_, address, size) => code(Number(address), size),
      );
      const parameters = ["pointer", "i32", "u64", "i32", "i64", "pointer"] as const;
      const onAccess = new Deno.UnsafeCallback(
        { parameters, result: "void" },
        (_, type, address, size, value) => access(type, Number(address), size, BigInt(value)),
      );
      const onInvalid = new Deno.UnsafeCallback(
        { parameters, result: "bool" },
        (_, type, address, size) => {
          invalid(type, Number(address), size);
          return false;
        },
      );
      callbacks.push(onCode, onAccess, onInvalid);
      addHook(HOOK.code, onCode.pointer);
      addHook(HOOK.read | HOOK.write, onAccess.pointer);
      addHook(HOOK.invalid, onInvalid.pointer);
    },
    start: (address) => symbols.uc_emu_start(uc, BigInt((address | 1) >>> 0), 0xffff_fffen, 0n, 0n),
    startFor: (address, until, count) =>
      symbols.uc_emu_start(uc, BigInt((address | 1) >>> 0), BigInt(until), 0n, BigInt(count)),
    stop: () => symbols.uc_emu_stop(uc),
    close() {
      symbols.uc_close(uc);
      for (const callback of callbacks) callback.close();
      lib.close();
    },
  };
}

function check(what: string, error: number): void {
  if (error !== 0) throw new Error(`${what} failed with code ${error}`);
}
