/**
 * unicorn.js (`npm:@alexaltea/unicorn-js`, 2.1): Unicorn compiled to WebAssembly. Only its shape is known
 * here; the module itself, which is GPL-2.0, is loaded where somebody asks for it.
 *
 * @module
 */
import type { AccessHook, CodeHook, InvalidHook, UnicornCore } from "./provider.ts";
import { HOOK } from "./provider.ts";

/** An emulator of unicorn.js, as far as it is used here. Errors are thrown, as strings. */
export interface UnicornJsCore {
  /** Maps zeroed memory. */
  mem_map(address: number, size: number, rights: number): void;
  /** Changes memory. */
  mem_write(address: number, bytes: Uint8Array): void;
  /** Forgets what was translated of `[address, end)`. */
  ctl_remove_cache(address: bigint, end: bigint): void;
  /** Reads a 32-bit register. */
  reg_read_i32(register: number): number;
  /** Writes a 32-bit register. */
  reg_write_i32(register: number, value: number): void;
  /** Reads a register as bytes. */
  reg_read(register: number, size: number): Uint8Array;
  /** Writes a register as bytes. */
  reg_write(register: number, bytes: Uint8Array): void;
  /** Installs a hook. */
  hook_add(type: number, callback: (...values: never[]) => unknown): unknown;
  /** Runs until an address, a time, a number of instructions, or `emu_stop`. */
  emu_start(begin: number, until: number, timeout: number, count: number): void;
  /** Ends the run. */
  emu_stop(): void;
  /** Frees it. */
  close(): void;
}

/** The module, once its promise has resolved. */
export interface UnicornJs {
  /** `UC_ARCH_ARM`. */
  readonly ARCH_ARM: number;
  /** `UC_MODE_THUMB`. */
  readonly MODE_THUMB: number;
  /** `UC_MODE_MCLASS`. */
  readonly MODE_MCLASS: number;
  /** Version of Unicorn. */
  readonly VERSION_MAJOR?: number;
  /** Version of Unicorn. */
  readonly VERSION_MINOR?: number;
  /** Version of Unicorn. */
  readonly VERSION_PATCH?: number;
  /** Opens an emulator. */
  readonly Unicorn: new (arch: number, mode: number) => UnicornJsCore;
}

/** Addresses and values arrive as BigInt where they have 64 bits in C. */
type Wide = number | bigint;

const CODE_OF = /failed with code (\d+)/;

/**
 * Opens a core of unicorn.js.
 *
 * @param uc The module
 */
export function openUnicornJs(uc: UnicornJs): UnicornCore {
  const core = new uc.Unicorn(uc.ARCH_ARM, uc.MODE_THUMB | uc.MODE_MCLASS);
  const version = [uc.VERSION_MAJOR, uc.VERSION_MINOR, uc.VERSION_PATCH];
  return {
    name: version.includes(undefined) ? "unicorn.js" : `unicorn.js ${version.join(".")}`,
    map: (address, size, rights) => core.mem_map(address, size, rights),
    write: (address, bytes) => core.mem_write(address, bytes),
    forget: (address, length) => core.ctl_remove_cache(BigInt(address), BigInt(address + length)),
    readRegister: (register) => core.reg_read_i32(register) | 0,
    writeRegister: (register, value) => core.reg_write_i32(register, value),
    readBytes: (register, size) => core.reg_read(register, size),
    writeBytes: (register, bytes) => core.reg_write(register, bytes),
    hook(code: CodeHook, access: AccessHook, invalid: InvalidHook) {
      core.hook_add(HOOK.code, (_: unknown, address: Wide, size: number) => {
        code(Number(address), size);
      });
      core.hook_add(
        HOOK.read | HOOK.write,
        (_: unknown, type: number, address: Wide, size: number, value: Wide) => {
          access(type, Number(address), size, BigInt(value));
        },
      );
      core.hook_add(
        HOOK.invalid,
        (_: unknown, type: number, address: Wide, size: number) => {
          invalid(type, Number(address), size);
          return false;
        },
      );
    },
    start(address) {
      try {
        core.emu_start((address | 1) >>> 0, 0xffff_fffe, 0, 0);
        return 0;
      } catch (error) {
        const [, code] = CODE_OF.exec(String(error)) ?? [];
        if (code === undefined) throw error;
        return Number(code);
      }
    },
    stop: () => core.emu_stop(),
    close: () => core.close(),
  };
}
