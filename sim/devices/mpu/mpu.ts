/**
 * The memory protection unit: its registers in the system control space, and the guard that refuses what
 * it does not allow. Without regions it still keeps the default memory map: nothing is fetched from
 * peripherals, devices and the system space. Memory attributes (TEX, S, C, B, MAIR) are kept and have no
 * effect.
 *
 * @module
 */
import type { CoreName } from "../../../src/board/types.ts";
import {
  type AccessKind,
  type Guard,
  type GuardRange,
  MemoryFault,
  type Stateful,
} from "../../types.ts";
import type { Register, RegisterMap } from "../registers.ts";
import {
  deniedRanges,
  type MapRules,
  type Part,
  partsV7,
  partsV8,
  stretches,
  targetResponse,
} from "./rules.ts";

/** What the unit holds; plain data. */
export interface MpuState {
  control: number;
  number: number;
  /** MPU_RBAR by region. */
  readonly base: number[];
  /** MPU_RASR by region, MPU_RLAR in Armv8-M. */
  readonly limit: number[];
  /** MPU_MAIR0 and 1. */
  readonly attributes: number[];
}

/** A memory protection unit. */
export interface Mpu extends Stateful {
  /** Registers by offset from 0xE000_E000. */
  readonly registers: RegisterMap;
  /** To be added to the bus. */
  readonly guard: Guard;
  /** What TT or, for unprivileged code, TTT finds at an address: TT_RESP. */
  target(address: number, unprivileged: boolean): number;
  /** The state after reset. */
  reset(): void;
  save(): MpuState;
}

/** What a unit is built from. */
export interface MpuParts {
  /** Core: which architecture. */
  readonly core: CoreName;
  /** Number of regions, 0 if there is no unit. */
  readonly regions: number;
  /** Called when what is allowed may have changed. */
  readonly changed: () => void;
}

const ENABLE = 1;
const HFNMIENA = 2;
const PRIVDEFENA = 4;
/** Bits of MPU_RASR that exist. */
const RASR = 0x173f_ff3f;
/** The same in Armv6-M, which has no TEX. */
const RASR_V6 = 0x1707_ff3f;
/** MPU_RASR's sizes below this many bits do not exist: 32 B, in Armv6-M 256 B. */
const LEAST_BITS = 5;
const LEAST_BITS_V6 = 8;

function emptyState(): MpuState {
  return {
    control: 0,
    number: 0,
    base: new Array<number>(16).fill(0),
    limit: new Array<number>(16).fill(0),
    attributes: [0, 0],
  };
}

/**
 * Makes the unit of a core.
 *
 * @param parts Core, number of regions, who is told of changes
 */
export function createMpu(parts: MpuParts): Mpu {
  const { core, regions } = parts;
  const armv8 = core === "cortex-m23" || core === "cortex-m33";
  const armv6 = core === "cortex-m0" || core === "cortex-m0plus";
  const state = emptyState();
  let ranges: readonly GuardRange[] = [];

  /** The regions, and how they make a map. */
  const describe = (): readonly [Part[], MapRules] => {
    const enabled = (state.control & ENABLE) !== 0;
    const partsOf = armv8 ? partsV8 : partsV7;
    const parts = Array.from({ length: enabled ? regions : 0 }, (_, region) => region)
      .flatMap((region) => partsOf(region, state.base[region] ?? 0, state.limit[region] ?? 0));
    const background = (state.control & PRIVDEFENA) !== 0;
    return [parts, { enabled, background, exclusive: armv8 }];
  };

  /** Works out what is refused. */
  const compute = (): void => {
    const [claimed, rules] = describe();
    const { enabled } = rules;
    const list = stretches(claimed, rules);
    const everywhere = !enabled || (state.control & HFNMIENA) !== 0;
    ranges = deniedRanges(list, everywhere ? [0, 2] : [0], everywhere ? [1, 4] : [1]);
    if (!everywhere) {
      ranges = [...ranges, ...deniedRanges(stretches([], { ...rules, enabled: false }), [2], [4])];
    }
  };

  /** Follows a change of the registers. */
  const update = (): void => {
    compute();
    parts.changed();
  };

  /** After a change of a region. */
  const updateRegion = (): void => {
    if ((state.control & ENABLE) !== 0) update();
  };

  const refuse = (address: number, kind: AccessKind): never => {
    const off = (state.control & ENABLE) === 0;
    throw new MemoryFault(address, kind, off ? "execute-never" : "mpu-denied");
  };

  const select = (number: number): boolean => {
    if (number < regions) state.number = number;
    return number < regions;
  };

  /** MPU_RBAR of PMSAv7, which may select another region. */
  const baseV7: Register = {
    read: () => (state.base[state.number] ?? 0) | state.number,
    write: (value) => {
      if ((value & 0x10) !== 0 && !select(value & 0xf)) return;
      state.base[state.number] = value & (armv6 ? ~0xff : ~0x1f);
      updateRegion();
    },
  };
  const sizeV7: Register = {
    read: () => state.limit[state.number] ?? 0,
    write: (value) => {
      const bits = ((value >>> 1) & 0x1f) + 1;
      const exists = bits >= (armv6 ? LEAST_BITS_V6 : LEAST_BITS);
      state.limit[state.number] = (exists ? value : value & ~ENABLE) & (armv6 ? RASR_V6 : RASR);
      updateRegion();
    },
  };

  /** A register of PMSAv8 for the selected region, or for a neighbour in its group of four. */
  const registerV8 = (values: number[], mask: number, alias: number): Register => {
    const region = (): number => alias === 0 ? state.number : (state.number & ~3) | alias;
    return {
      read: () => values[region()] ?? 0,
      write: (value) => {
        if (region() >= regions) return;
        values[region()] = value & mask;
        updateRegion();
      },
    };
  };

  const registers = new Map<number, Register>([[0xd90, { read: () => regions << 8 }]]);
  if (regions > 0) {
    registers.set(0xd94, {
      read: () => state.control,
      write: (value) => {
        state.control = value & 7;
        update();
      },
    });
    registers.set(0xd98, { read: () => state.number, write: select });
    for (let alias = 0; alias < (armv6 ? 1 : 4); alias++) {
      const at = 0xd9c + 8 * alias;
      registers.set(at, armv8 ? registerV8(state.base, -1, alias) : baseV7);
      registers.set(at + 4, armv8 ? registerV8(state.limit, ~0x10, alias) : sizeV7);
    }
    for (const index of armv8 ? [0, 1] : []) {
      registers.set(0xdc0 + 4 * index, {
        read: () => state.attributes[index] ?? 0,
        write: (value) => {
          state.attributes[index] = value;
        },
      });
    }
  }

  const restore = (saved: unknown): void => {
    const from = saved as MpuState;
    state.control = from.control;
    state.number = from.number;
    for (const key of ["base", "limit", "attributes"] as const) {
      state[key].splice(0, Infinity, ...from[key]);
    }
    update();
  };

  compute();
  return {
    registers,
    target: (address, unprivileged) => targetResponse(...describe(), address >>> 0, unprivileged),
    guard: {
      name: "memory protection unit",
      get ranges() {
        return ranges;
      },
      read: (address) => refuse(address, "read"),
      write: (address) => refuse(address, "write"),
      fetch: (address) => refuse(address, "fetch"),
    },
    reset: () => restore(emptyState()),
    save: () => structuredClone(state),
    restore,
  };
}
