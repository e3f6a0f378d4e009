/**
 * The system control block (DDI 0403, B3.2; DDI 0419, B3.2; DDI 0553, D1.2): exception control and
 * status, vector table, faults, floating-point context control.
 *
 * @module
 */
import { CCR, EXCEPTION, type SystemRegisters } from "../cpu/architecture.ts";
import type { CpuState } from "../cpu/state.ts";
import { hasOneFaultAddress } from "../cpu/faults.ts";
import { requestEvents, setPending, updateActive, vectPending } from "../cpu/priority.ts";
import type { CacheControl } from "../types.ts";
import { CCR_DC } from "./caches.ts";
import { priorities } from "./nvic.ts";
import type { Register, RegisterMap, SystemHost } from "./registers.ts";

const VECTKEY_WRITE = 0x05fa;
const VECTKEY_READ = 0xfa05;
const SYSRESETREQ = 1 << 2;
const VECTRESET = 1 << 0;
const MONITOR_PENDING = 1 << 17;
/** DEMCR: TRCENA, MON_REQ, MON_STEP, MON_EN; the vector catches are a debugger's. */
const DEMCR_BITS = (1 << 24) | (1 << 19) | (1 << 18) | (1 << 16);
/** CPACR of coprocessors 10 and 11. */
const CPACR_FP = 0x00f0_0000;
const FPCCR_BITS = 0xc000_017b | 0;
const FPDSCR_BITS = 0x07c0_0000;

/** SHCSR: bit and exception of what is active, and of what is pending. */
const ACTIVE_BITS = [
  [0, EXCEPTION.memManage],
  [1, EXCEPTION.busFault],
  [3, EXCEPTION.usageFault],
  [7, EXCEPTION.svCall],
  [8, EXCEPTION.debugMonitor],
  [10, EXCEPTION.pendSv],
  [11, EXCEPTION.sysTick],
] as const;
const PENDING_BITS = [
  [12, EXCEPTION.usageFault],
  [13, EXCEPTION.memManage],
  [14, EXCEPTION.busFault],
  [15, EXCEPTION.svCall],
] as const;
const FAULT_ENABLES = 0x7_0000;

/** A register that is a field of the state; only the bits of `mask` can be written. */
function field(
  system: SystemRegisters,
  name: keyof SystemRegisters,
  mask = -1,
  then: () => unknown = () => {},
): Register {
  return {
    read: () => system[name],
    write: (value) => {
      system[name] = value & mask;
      then();
    },
  };
}

/** A status register: ones clear. */
function status(system: SystemRegisters, name: keyof SystemRegisters): Register {
  return { read: () => system[name], write: (value) => system[name] &= ~value, ones: true };
}

function interruptControl(cpu: CpuState): Register {
  const isPending = (exception: number, bit: number): number =>
    cpu.pending[exception] === 1 ? 1 << bit : 0;
  const changes = [
    [31, EXCEPTION.nmi, true],
    [28, EXCEPTION.pendSv, true],
    [27, EXCEPTION.pendSv, false],
    [26, EXCEPTION.sysTick, true],
    [25, EXCEPTION.sysTick, false],
  ] as const;
  const interruptPending = (): number => cpu.pending.indexOf(1, 16) >= 0 ? 1 << 22 : 0;
  // RETTOBASE: 1 if there is no active exception, or only the one that IPSR names.
  const returnsToBase = (): number => {
    const others = cpu.activeCount - (cpu.active[cpu.ipsr] ?? 0);
    return !cpu.baseline && others === 0 ? 1 << 11 : 0;
  };
  return {
    read: () =>
      cpu.ipsr | returnsToBase() | (vectPending(cpu) << 12) | interruptPending() |
      isPending(EXCEPTION.sysTick, 26) | isPending(EXCEPTION.pendSv, 28) |
      isPending(EXCEPTION.nmi, 31),
    write: (value) => {
      for (const [bit, exception, on] of changes) {
        if (((value >>> bit) & 1) === 1) setPending(cpu, exception, on);
      }
    },
    ones: true,
  };
}

function resetControl(cpu: CpuState): Register {
  const { system } = cpu;
  return {
    read: () => (VECTKEY_READ << 16) | (system.prigroup << 8),
    write: (value) => {
      if (value >>> 16 !== VECTKEY_WRITE) return;
      const local = cpu.baseline || cpu.v8m ? 0 : VECTRESET;
      if ((value & (SYSRESETREQ | local)) !== 0) {
        cpu.resetRequest = 1;
        cpu.limit = 0;
      }
      if (cpu.baseline) return;
      system.prigroup = (value >>> 8) & 7;
      updateActive(cpu);
      requestEvents(cpu);
    },
  };
}

function handlerControl(cpu: CpuState): Register {
  const { system } = cpu;
  const of = (bits: readonly (readonly [number, number])[], flags: Uint8Array): number =>
    bits.reduce((sum, [bit, exception]) => sum | ((flags[exception] ?? 0) << bit), 0);
  return {
    read: () =>
      cpu.baseline
        ? of(PENDING_BITS.slice(3), cpu.pending)
        : system.shcsr | of(ACTIVE_BITS, cpu.active) | of(PENDING_BITS, cpu.pending),
    write: (value) => {
      const bits = cpu.baseline ? PENDING_BITS.slice(3) : PENDING_BITS;
      for (const [bit, exception] of bits) setPending(cpu, exception, ((value >>> bit) & 1) === 1);
      if (cpu.baseline) return;
      for (const [bit, exception] of ACTIVE_BITS) cpu.active[exception] = (value >>> bit) & 1;
      system.shcsr = value & FAULT_ENABLES;
      updateActive(cpu);
      requestEvents(cpu);
    },
  };
}

function configuration(cpu: CpuState, cache: CacheControl | undefined): Register {
  const { system, parts } = cpu;
  if (cpu.baseline) return { read: () => system.ccr };
  const caches = parts.core === "cortex-m7" ? 0x3_0000 : 0;
  const fixed = cpu.v8m ? CCR.nonBaseThread | CCR.stackAlign : 0;
  const writable = (0x31b | caches | (cpu.v8m ? 1 << 10 : 0)) & ~fixed;
  return {
    read: () => system.ccr | fixed,
    write: (value) => {
      system.ccr = (value & writable) | fixed;
      cache?.enable((system.ccr & CCR_DC) !== 0);
      cpu.updateAlignment();
    },
  };
}

/** DEMCR: MON_PEND is DebugMonitor's pending bit. */
function monitorControl(cpu: CpuState, settle: () => void): Register {
  const { system } = cpu;
  return {
    read: () => system.demcr | (cpu.pending[EXCEPTION.debugMonitor] === 1 ? MONITOR_PENDING : 0),
    write: (value) => {
      settle();
      system.demcr = value & DEMCR_BITS;
      setPending(cpu, EXCEPTION.debugMonitor, (value & MONITOR_PENDING) !== 0);
    },
  };
}

/**
 * Makes the registers, by offset in the system control space.
 *
 * @param host The engine
 * @param beforeTrace Called before DEMCR.TRCENA may change
 * @param cache Model of the data cache, if there is one
 */
export function scbRegisters(
  host: SystemHost,
  beforeTrace: () => void,
  cache: CacheControl | undefined,
): RegisterMap {
  const cpu = host.state;
  const { system, parts } = cpu;
  const vtorMask = cpu.baseline ? ~0xff : ~0x7f;
  const hasVtor = (parts.core as string) !== "cortex-m0";
  const registers = new Map<number, Register>([
    [0xd04, interruptControl(cpu)],
    [0xd08, hasVtor ? field(system, "vtor", vtorMask) : { read: () => 0 }],
    [0xd0c, resetControl(cpu)],
    [0xd10, field(system, "scr", 0x16)],
    [0xd14, configuration(cpu, cache)],
    [0xd1c, priorities(cpu, 8, 0b1000)],
    [0xd20, priorities(cpu, 12, cpu.baseline ? 0b1100 : 0b1101)],
    [0xd24, handlerControl(cpu)],
    [0xd30, status(system, "dfsr")],
    [0xdfc, monitorControl(cpu, beforeTrace)],
  ]);
  if (cpu.baseline) return registers;
  registers.set(0x008, field(system, "actlr"));
  registers.set(0xd18, priorities(cpu, 4, 0b0111));
  registers.set(0xd28, status(system, "cfsr"));
  registers.set(0xd2c, status(system, "hfsr"));
  const one = hasOneFaultAddress(cpu);
  registers.set(0xd34, field(system, "mmfar", -1, () => one && (system.bfar = system.mmfar)));
  registers.set(0xd38, field(system, "bfar", -1, () => one && (system.mmfar = system.bfar)));
  registers.set(0xd3c, status(system, "afsr"));
  if (!cpu.features.has("fp")) return registers.set(0xd88, { read: () => 0 });
  registers.set(0xd88, field(system, "cpacr", CPACR_FP, () => host.invalidateAll()));
  registers.set(0xf34, field(system, "fpccr", FPCCR_BITS));
  registers.set(0xf38, field(system, "fpcar", ~7));
  return registers.set(0xf3c, field(system, "fpdscr", FPDSCR_BITS));
}
