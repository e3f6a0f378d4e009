/**
 * Injected faults: bits that turn over, bus errors, slow memory. Each is an input like any other, so it
 * can be scheduled with {@linkcode Machine.at} and is recorded.
 *
 * @module
 */
import type { Machine } from "./machine_api.ts";
import type { Place } from "./places.ts";
import type { AccessKind } from "./types.ts";
import { rangeOf, type Watched } from "./watch.ts";

/** A fault that lasts. */
export interface Injection {
  /** Ends it. */
  remove(): void;
}

/** Which accesses a fault meets. */
export interface InjectionOptions {
  /** Kinds; default: reads and writes. */
  readonly access?: readonly AccessKind[] | undefined;
}

const DATA: readonly AccessKind[] = ["read", "write"];

/**
 * Turns one bit of memory over, in flash too.
 *
 * @param machine The machine
 * @param place Where the byte is
 * @param bit 0 to 7 in that byte; up to 31 reaches into the bytes behind it
 * @throws {InputError} Outside memory (E-SIM-ADDRESS), no such bit (E-SIM-BIT)
 *
 * @example A bit of the program's only instruction turns over at cycle 10
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard, flipBit } from "./mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * // loop: adds r0, #1; b loop
 * const machine = createMachine(board, codeImage(board, [0x3001, 0xe7fd], { symbols: { loop: 0 } }));
 * machine.at({ cycle: 10 }, () => flipBit(machine, "loop", 1)); // adds r0, #3
 * machine.run({ maxInstructions: 10 });
 * assertEquals(machine.read("loop", "u16"), 0x3003);
 * ```
 */
export function flipBit(machine: Machine, place: Place, bit: number): void {
  const inside = bit >= 0 && bit < 32 ? bit : NaN;
  machine.apply({
    kind: "flip-memory",
    address: machine.addressOf(place) + (Number.isNaN(inside) ? 0 : inside >> 3),
    bit: Number.isNaN(inside) ? bit : inside & 7,
  });
}

/**
 * Turns one bit of a register over.
 *
 * @param machine The machine
 * @param name As in {@linkcode Machine.readRegister}
 * @param bit 0 to 31
 * @throws {InputError} No such register (E-SIM-REGISTER) or bit (E-SIM-BIT)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard, flipRegisterBit } from "./mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * const machine = createMachine(board, codeImage(board, [0xe7fe]));
 * flipRegisterBit(machine, "r3", 4);
 * assertEquals(machine.readRegister("r3"), 16);
 * ```
 */
export function flipRegisterBit(machine: Machine, name: string, bit: number): void {
  machine.apply({ kind: "flip-register", name, bit });
}

/**
 * Makes accesses to a range end with a bus error, until it is removed.
 *
 * @param machine The machine
 * @param what Place, range or region; aliases of the same bytes are covered too
 * @param options Kinds of access
 *
 * @example A sensor that no longer answers
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard, injectBusError } from "./mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * // mov r0, sp; ldr r1, [r0, #4]
 * const machine = createMachine(board, codeImage(board, [0x4668, 0x6841], { stackTop: 0x2000_0100 }));
 * injectBusError(machine, { from: 0x2000_0104, length: 4 }, { access: ["read"] });
 * const stop = machine.run({ maxInstructions: 10 });
 * assertEquals(stop.kind === "fault" && [stop.fault.exception, stop.fault.cause, stop.fault.address], [
 *   "BusFault", "bus-error", 0x2000_0104,
 * ]);
 * ```
 */
export function injectBusError(
  machine: Machine,
  what: Watched,
  options: InjectionOptions = {},
): Injection {
  const range = { ...rangeOf(machine, what), access: options.access ?? DATA };
  machine.apply({ kind: "bus-error", ...range, on: true });
  return { remove: () => machine.apply({ kind: "bus-error", ...range, on: false }) };
}

/**
 * Makes accesses to a range wait longer, until it is removed. The cycles are the region's.
 *
 * @param machine The machine
 * @param what Place, range or region; aliases of the same bytes are covered too
 * @param cycles Cycles more for each access
 * @param options Kinds of access
 *
 * @example Flash that answers ten cycles late
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard, injectDelay } from "./mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * const machine = createMachine(board, codeImage(board, [0x3001, 0xe7fd])); // adds r0, #1; b .-2
 * injectDelay(machine, { region: "flash" }, 10, { access: ["fetch"] });
 * machine.run({ maxInstructions: 8 });
 * assertEquals(machine.counts().regions[0]?.fetch, { accesses: 8, bytes: 16, cycles: 80 });
 * ```
 */
export function injectDelay(
  machine: Machine,
  what: Watched,
  cycles: number,
  options: InjectionOptions = {},
): Injection {
  const range = { ...rangeOf(machine, what), access: options.access ?? DATA };
  machine.apply({ kind: "delay", ...range, cycles });
  return { remove: () => machine.apply({ kind: "delay", ...range, cycles: 0 }) };
}
