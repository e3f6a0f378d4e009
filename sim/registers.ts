/**
 * The core's registers by name (DDI 0403, B1.4).
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { closest } from "../src/base/units.ts";
import { switchStack } from "./cpu/exceptions.ts";
import type { CoreEngine } from "./engine.ts";

interface Register {
  readonly read: () => number;
  readonly write: (value: number) => void;
}

const CORE: Readonly<Record<string, number>> = { sp: 13, lr: 14, pc: 15 };

/** Registers of a core. */
export interface Registers {
  /** Names, in the order of the manual. */
  readonly names: readonly string[];
  /** Reads one; unsigned. Throws {@linkcode InputError} (E-SIM-REGISTER) for an unknown name. */
  read(name: string): number;
  /** Writes one. */
  write(name: string, value: number): void;
}

/**
 * Gives access to the registers of an engine.
 *
 * @param engine The engine
 */
export function registersOf(engine: CoreEngine): Registers {
  const { state, registers } = engine;
  const table = new Map<string, Register>();
  const core = (number: number): Register => ({
    read: () => registers[number] ?? 0,
    write: (value) => {
      registers[number] = number === 15 ? value & ~1 : number === 13 ? value & ~3 : value;
    },
  });
  for (let number = 0; number < 16; number++) table.set(`r${number}`, core(number));
  for (const [name, number] of Object.entries(CORE)) table.set(name, core(number));

  /** MSP and PSP: one of them is what r13 shows. */
  const stack = (process: boolean): Register => {
    const isShown = () => (state.ipsr === 0 && (state.control & 2) !== 0) === process;
    return {
      read: () => isShown() ? registers[13] ?? 0 : state.otherSp,
      write: (value) => {
        if (isShown()) registers[13] = value & ~3;
        else state.otherSp = value & ~3;
      },
    };
  };
  table.set("msp", stack(false));
  table.set("psp", stack(true));
  table.set("xpsr", { read: () => engine.xpsr, write: (value) => engine.xpsr = value });
  const special = (name: "primask" | "basepri" | "faultmask"): void => {
    table.set(name, { read: () => state[name], write: (value) => state[name] = value });
  };
  special("primask");
  if (!state.baseline) {
    special("basepri");
    special("faultmask");
  }
  table.set("control", {
    read: () => state.control,
    write(value) {
      const isProcess = () => state.ipsr === 0 && (state.control & 2) !== 0;
      const before = isProcess();
      state.control = value & (state.features.has("fp") ? 7 : 3);
      if (isProcess() !== before) switchStack(state);
    },
  });
  if (state.features.has("fp")) {
    const { floatRegisters } = engine;
    table.set("fpscr", { read: () => engine.fpscr, write: (value) => engine.fpscr = value });
    for (let number = 0; number < 32; number++) {
      table.set(`s${number}`, {
        read: () => floatRegisters[number] ?? 0,
        write: (value) => floatRegisters[number] = value,
      });
    }
  }

  const find = (name: string): Register => {
    const found = table.get(name.toLowerCase());
    if (found !== undefined) return found;
    const names = [...table.keys()];
    const near = closest(name, names);
    throw new InputError("E-SIM-REGISTER", `Cannot find register ${name}: the core has none`, {
      hints: [near === undefined ? `registers: ${names.join(", ")}` : `did you mean ${near}?`],
    });
  };
  return {
    names: [...table.keys()],
    read: (name) => find(name).read() >>> 0,
    write: (name, value) => find(name).write(value | 0),
  };
}
