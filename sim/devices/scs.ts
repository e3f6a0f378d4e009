/**
 * The private peripheral bus of a Cortex-M: system control block, SysTick, CPACR and floating-point
 * context control, the DWT cycle counter (DDI 0403, B3.2, B3.3, C1.8). Registers of these blocks that are
 * not modelled read as zero and ignore writes; the rest of the range is not mapped.
 *
 * SysTick counts the core's cycles and shows COUNTFLAG, but raises no exception; interrupts of the NVIC
 * are not modelled.
 *
 * @module
 */
import { type Device, type EngineParts, MemoryFault } from "../types.ts";
import { type CpuState, EXCEPTION } from "../cpu/state.ts";
import { nextPending, setPending } from "../cpu/exceptions.ts";

/** What the device needs of an engine. */
export interface SystemHost {
  /** The architectural state. */
  readonly state: CpuState;
  /** All cycles since reset. */
  cycles(): number;
  /** Forgets all predecoded instructions: whether the FPU may be used is decided when decoding. */
  invalidateAll(): void;
}

const ORIGIN = 0xe000_0000;
const LENGTH = 0x10_0000;
const DWT = 0x1000;
const SCS = 0xe000;
const BLOCK = 0x1000;
/** ITM and the breakpoint unit: present, and silent. */
const SILENT = [0x0000, 0x2000, 0x4_0000, 0x4_1000, 0x4_2000];

/** CPUID of the revisions that the boards carry most (TRMs, "CPUID base register"). */
const CPUID: Readonly<Record<EngineParts["core"], number>> = {
  "cortex-m0plus": 0x410c_c601,
  "cortex-m3": 0x412f_c231,
  "cortex-m4": 0x410f_c241,
  "cortex-m7": 0x411f_c270,
  "cortex-m33": 0x410f_d213,
};

const VECTKEY = 0xfa05;

interface Register {
  readonly read: () => number;
  readonly write?: (value: number) => void;
  /** True if zeros written change nothing, so that a narrow write must not fill up with what is read. */
  readonly ones?: boolean;
}

/** SysTick: a reload value, and the cycle at which the counter last held it. */
function createSysTick(cycles: () => number): ReadonlyMap<number, Register> {
  let control = 0;
  let reload = 0;
  let start = 0;
  const periods = (): number => {
    if ((control & 1) === 0 || reload === 0) return 0;
    return Math.floor((cycles() - start) / (reload + 1));
  };
  const current = (): number => {
    if ((control & 1) === 0 || reload === 0) return 0;
    return reload - ((cycles() - start) % (reload + 1));
  };
  return new Map<number, Register>([
    [0x10, {
      read: () => {
        const wrapped = periods();
        start += wrapped * (reload + 1);
        return control | (wrapped > 0 ? 1 << 16 : 0) | 4;
      },
      write: (value) => {
        if ((control & 1) === 0 && (value & 1) === 1) start = cycles();
        control = value & 7;
      },
    }],
    [0x14, {
      read: () => reload,
      write: (value) => reload = value & 0xff_ffff,
    }],
    [0x18, {
      read: current,
      write: () => start = cycles(),
    }],
    [0x1c, { read: () => 0xc000_0000 }],
  ]);
}

function systemControlBlock(host: SystemHost): ReadonlyMap<number, Register> {
  const { state } = host;
  const { system, parts } = state;
  const priorities = (first: number): Register => ({
    read: () => {
      let value = 0;
      for (let byte = 3; byte >= 0; byte--) {
        value = (value << 8) | (state.priority[first + byte] ?? 0);
      }
      return value;
    },
    write: (value) => {
      for (let byte = 0; byte < 4; byte++) state.priority[first + byte] = value >>> (byte * 8);
    },
  });
  const isPending = (exception: number, bit: number): number =>
    state.pending[exception] === 1 ? 1 << bit : 0;
  const registers: [number, Register][] = [
    [0xd00, { read: () => CPUID[parts.core] }],
    [0xd04, {
      read: () =>
        state.ipsr | (nextPending(state) << 12) | isPending(EXCEPTION.sysTick, 26) |
        isPending(EXCEPTION.pendSv, 28) | isPending(EXCEPTION.nmi, 31),
      write: (value) => {
        if ((value & (1 << 31)) !== 0) setPending(state, EXCEPTION.nmi, true);
        if ((value & (1 << 28)) !== 0) setPending(state, EXCEPTION.pendSv, true);
        if ((value & (1 << 27)) !== 0) setPending(state, EXCEPTION.pendSv, false);
        if ((value & (1 << 26)) !== 0) setPending(state, EXCEPTION.sysTick, true);
        if ((value & (1 << 25)) !== 0) setPending(state, EXCEPTION.sysTick, false);
      },
      ones: true,
    }],
    [0xd08, { read: () => system.vtor, write: (value) => system.vtor = value & ~0x7f }],
    [0xd0c, {
      read: () => (VECTKEY << 16) | (system.prigroup << 8),
      write: (value) => {
        if (value >>> 16 === 0x05fa) system.prigroup = (value >>> 8) & 7;
      },
    }],
    [0xd10, { read: () => system.scr, write: (value) => system.scr = value & 0x16 }],
    [0xd14, {
      read: () => system.ccr,
      write: (value) => {
        if (state.baseline) return;
        const caches = parts.core === "cortex-m7" ? 0x7_0000 : 0;
        system.ccr = value & (0x31b | caches);
        state.updateAlignment();
      },
    }],
    [0xd1c, priorities(8)],
    [0xd20, priorities(12)],
  ];
  if (state.baseline) return new Map(registers);
  const writeAccess = (value: number): void => {
    if (!state.features.has("fp")) return;
    system.cpacr = value & 0x00f0_0000;
    host.invalidateAll();
  };
  registers.push(
    [0xd18, priorities(4)],
    [0xd24, { read: () => system.shcsr, write: (value) => system.shcsr = value & 0x7_0000 }],
    [0xd28, { read: () => system.cfsr, write: (value) => system.cfsr &= ~value, ones: true }],
    [0xd2c, { read: () => system.hfsr, write: (value) => system.hfsr &= ~value, ones: true }],
    [0xd34, { read: () => system.mmfar, write: (value) => system.mmfar = value }],
    [0xd38, { read: () => system.bfar, write: (value) => system.bfar = value }],
    [0xd88, { read: () => system.cpacr, write: writeAccess }],
  );
  if (!state.features.has("fp")) return new Map(registers);
  const half = state.features.has("fp5");
  const double = state.features.has("fp64");
  registers.push(
    [0xf34, { read: () => system.fpccr, write: (value) => system.fpccr = value }],
    [0xf38, { read: () => system.fpcar, write: (value) => system.fpcar = value & ~7 }],
    [0xf3c, { read: () => system.fpdscr, write: (value) => system.fpdscr = value & 0x07c0_0000 }],
    [0xf40, { read: () => (double ? 0x1011_0221 : 0x1011_0021) }],
    [0xf44, { read: () => (double ? 0x1200_0011 : 0x1100_0011) }],
    [0xf48, { read: () => (half ? 0x40 : 0) }],
  );
  return new Map(registers);
}

/** The cycle counter: what has been written, plus the cycles since. */
function watchpointUnit(host: SystemHost): ReadonlyMap<number, Register> {
  let control = 0x4000_0000;
  let value = 0;
  let since = 0;
  const read = (): number => (control & 1) === 0 ? value : value + host.cycles() - since;
  return new Map<number, Register>([
    [0x00, {
      read: () => control,
      write: (next) => {
        value = read();
        since = host.cycles();
        control = 0x4000_0000 | (next & 0x007f_1fff);
      },
    }],
    [0x04, {
      read,
      write: (next) => {
        value = next >>> 0;
        since = host.cycles();
      },
    }],
  ]);
}

/**
 * Makes the device that answers at 0xE000_0000 to 0xE00F_FFFF.
 *
 * @param host The engine whose state it shows and changes
 * @param others More registers of the system control space, by offset from 0xE000_E000
 */
export function createSystemControl(
  host: SystemHost,
  others: ReadonlyMap<number, Register> = new Map(),
): Device {
  const systick = createSysTick(() => host.cycles());
  const scb = systemControlBlock(host);
  const control = new Map([...systick, ...scb, ...others]);
  const dwt = watchpointUnit(host);
  let demcr = 0;
  control.set(0xdfc, { read: () => demcr, write: (value) => demcr = value });

  function find(offset: number, kind: "read" | "write"): Register | undefined {
    const block = offset & -BLOCK;
    const register = (offset & (BLOCK - 1)) & ~3;
    if (block === SCS) return control.get(register);
    if (block === DWT && !host.state.baseline) return dwt.get(register);
    if (SILENT.includes(block)) return undefined;
    throw new MemoryFault(ORIGIN + offset, kind, "unmapped");
  }

  return {
    name: "system control space",
    origin: ORIGIN,
    length: LENGTH,
    read(offset, size) {
      const word = find(offset, "read")?.read() ?? 0;
      const value = (word % 0x1_0000_0000) >>> ((offset & 3) * 8);
      return size === 4 ? value >>> 0 : value & ((1 << (size * 8)) - 1);
    },
    write(offset, size, value) {
      const register = find(offset, "write");
      if (register?.write === undefined) return;
      if (size === 4) {
        register.write(value);
        return;
      }
      const shift = (offset & 3) * 8;
      const mask = ((1 << (size * 8)) - 1) << shift;
      const others = register.ones === true ? 0 : register.read() & ~mask;
      register.write(others | ((value << shift) & mask));
    },
  };
}
