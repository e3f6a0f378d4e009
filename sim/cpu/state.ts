/**
 * The architectural state of an ARMv6-M/ARMv7-M core, as instructions see it: registers, flags,
 * floating-point registers, special registers and the system registers that change how instructions
 * behave (Armv7-M Architecture Reference Manual, DDI 0403, B1.4 and B3.2).
 *
 * Everything an instruction touches is a small integer in a field of one object, so that the run loop
 * allocates nothing. Flags are kept as the values they derive from: N is the sign of `n`, Z is set when
 * `z` is zero; C and V are 0 or 1.
 *
 * @module
 */
import type { Bus, EngineParts, StopReason, TimingModel } from "../types.ts";
import {
  CCR,
  EXCEPTIONS,
  type Feature,
  FP_ACCESS,
  LOWEST_PRIORITY,
  type RegisterFile,
  SYSTEM_EXCEPTIONS,
  type SystemRegisters,
} from "./architecture.ts";

/** Where the floating-point registers lie behind the core registers, in memory that translated code shares. */
export const FP_REGISTERS = 128;

/** Registers, flags and system registers of one core. */
export class CpuState {
  /** r0 to r15; r15 reads as the address of the current instruction plus 4. */
  readonly r: RegisterFile;
  /** The same, as the array that the user sees. */
  readonly registers: Int32Array;
  /** Negative when N is set. */
  n = 0;
  /** Zero when Z is set. */
  z = 1;
  /** Carry, 0 or 1. */
  c = 0;
  /** Overflow, 0 or 1. */
  v = 0;
  /** Saturation, 0 or 1. */
  q = 0;
  /** Greater-or-equal flags of the SIMD instructions, 4 bits. */
  ge = 0;
  /** Carry out of the last operand that was shifted. */
  carry = 0;
  /** ITSTATE; 0 outside an IT block. */
  it = 0;
  /** EPSR.T: 0 only between a branch to an address without the Thumb bit and the fault that it causes. */
  t = 1;
  /** Address of the instruction to execute next; instructions that branch write it. */
  next = 0;
  /** Core cycles since the run loop last collected them. */
  cycles = 0;
  /** The run loop's instruction budget; 0 makes it return to its caller. */
  limit = 0;
  /** State of the pipeline as the timing model's sequence rules see it, while `next` is `pipelineAt`. */
  pipeline = 0;
  /** See {@linkcode CpuState.pipeline}; −1 is no address of an instruction. */
  pipelineAt: number = -1;
  /** Why the run has to stop, if an instruction decided so. */
  stop: StopReason | undefined = undefined;
  /** Mask of address bits that must be zero in a word access: 0 or 3. */
  alignWord = 0;
  /** The same for a halfword access: 0 or 1. */
  alignHalf = 0;

  /** Forgets all decoded instructions, because what they must check has changed. */
  forgetDecoded: () => void = () => {};
  /**
   * What TT finds at an address, for privileged or unprivileged code, as TT_RESP. Without an MPU no region
   * is valid and everything may be read and written.
   */
  testTarget: (address: number, unprivileged: boolean) => number = () => 0x000c_0000;

  /** Exception number, 0 in Thread mode. */
  ipsr = 0;
  /** CONTROL: nPRIV, SPSEL, FPCA. */
  control = 0;
  /** PRIMASK. */
  primask = 0;
  /** BASEPRI. */
  basepri = 0;
  /** FAULTMASK. */
  faultmask = 0;
  /** The stack pointer that r13 does not show at the moment. */
  otherSp = 0;
  /** Main stack pointer limit of Armv8-M, 0 elsewhere. */
  msplim = 0;
  /** Process stack pointer limit of Armv8-M, 0 elsewhere. */
  psplim = 0;
  /** Event register of WFE and SEV. */
  event = 0;
  /** What the core sleeps by: 0 not at all, 1 WFI or sleep-on-exit, 2 WFE. */
  sleep = 0;
  /** EXC_RETURN that the last instruction wrote to PC, for the run loop to act on; else 0. */
  excReturn = 0;
  /** 1 when the program has asked for a reset (AIRCR). */
  resetRequest = 0;
  /** Exclusive monitor: address of the last LDREX, or −1. */
  exclusive: number = -1;

  /** Pending exceptions, by number. */
  readonly pending: Uint8Array = new Uint8Array(EXCEPTIONS);
  /** Active exceptions, by number. */
  readonly active: Uint8Array = new Uint8Array(EXCEPTIONS);
  /** Priorities, by number; those of reset, NMI and HardFault are fixed. */
  readonly priority: Uint8Array = new Uint8Array(EXCEPTIONS);
  /** Enabled interrupts, by exception number; those of the system are always 1. */
  readonly enabled: Uint8Array = new Uint8Array(EXCEPTIONS);
  /** Interrupt lines that are high, by exception number. */
  readonly level: Uint8Array = new Uint8Array(EXCEPTIONS);
  /** How many exceptions are pending. */
  pendingCount = 0;
  /** How many exceptions are active. */
  activeCount = 0;
  /** The highest priority among the active exceptions. */
  activePriority: number = LOWEST_PRIORITY;
  /** Number of the first exception that does not exist: 16 plus the interrupts. */
  readonly exceptions: number;
  /** Bits of a priority that are implemented. */
  readonly priorityMask: number;
  /** Makes the events happen that are due by now; called while an exception is being entered. */
  runDue: () => void = () => {};

  /** s0 to s31, as bit patterns. */
  readonly s: RegisterFile;
  /** s0 to s31, as values. */
  readonly f32: RegisterFile;
  /** d0 to d15, as values. */
  readonly f64: RegisterFile;
  /** The bytes of s0 to s31. */
  readonly fpWords: Int32Array;
  /** FPSCR without its condition flags. */
  fpscr = 0;
  /** FPSCR N, Z, C, V as bits 31 to 28, shifted down: 0 to 15. */
  fpFlags = 0;

  /** System registers. */
  readonly system: SystemRegisters;
  /** True for the cores of Armv6-M and Armv8-M Baseline, whose faults are all HardFaults. */
  readonly baseline: boolean;
  /** True for the Armv8-M cores. */
  readonly v8m: boolean;
  /** Instruction sets of this core. */
  readonly features: ReadonlySet<Feature>;
  /** Memory. */
  readonly bus: Bus;
  /** Costs. */
  readonly timing: TimingModel;
  /** What the core is built from. */
  readonly parts: EngineParts;

  /**
   * The state before the first reset.
   *
   * @param parts Core, FPU, memory and timing
   */
  constructor(parts: EngineParts) {
    this.parts = parts;
    this.bus = parts.bus;
    this.timing = parts.timing;
    this.baseline = /^cortex-m(0|0plus|23)$/.test(parts.core);
    this.v8m = parts.core === "cortex-m23" || parts.core === "cortex-m33";
    const { interrupts, priorityBits } = parts.nvic ?? defaultInterrupts(this.baseline, this.v8m);
    this.exceptions = SYSTEM_EXCEPTIONS + interrupts;
    this.priorityMask = (0xff << (8 - priorityBits)) & 0xff;
    this.features = featuresOf(parts);
    const { translation } = parts;
    this.registers = translation === undefined
      ? new Int32Array(16)
      : new Int32Array(translation.memory.buffer, translation.state, 16);
    this.r = this.registers as unknown as RegisterFile;
    const [fp, at] = translation === undefined
      ? [new ArrayBuffer(128), 0] as const
      : [translation.memory.buffer, translation.state + FP_REGISTERS] as const;
    this.fpWords = new Int32Array(fp, at, 32);
    this.s = this.fpWords as unknown as RegisterFile;
    this.f32 = new Float32Array(fp, at, 32) as unknown as RegisterFile;
    this.f64 = new Float64Array(fp, at, 16) as unknown as RegisterFile;
    this.system = resetSystem(this.baseline);
    this.updateAlignment();
  }

  /** Follows a change of CCR. */
  updateAlignment(): void {
    const trap = this.baseline || (this.system.ccr & CCR.unalignTrap) !== 0;
    this.alignWord = trap ? 3 : 0;
    this.alignHalf = trap ? 1 : 0;
  }

  /** The state at reset (DDI 0403, B1.5.5), except SP and PC, which the vector table gives. */
  reset(vectorTable: number): void {
    this.registers.fill(0);
    this.fpWords.fill(0);
    Object.assign(this.system, resetSystem(this.baseline), { vtor: vectorTable });
    this.updateAlignment();
    this.registers[14] = -1;
    this.n =
      this.c =
      this.v =
      this.q =
      this.ge =
      this.it =
      this.carry =
        0;
    this.z = this.t = 1;
    this.ipsr =
      this.msplim =
      this.psplim =
      this.sleep =
      this.excReturn =
      this.resetRequest =
      this.control =
      this.primask =
      this.basepri =
      this.faultmask =
        0;
    this.otherSp =
      this.event =
      this.fpscr =
      this.fpFlags =
      this.cycles =
      this.limit =
        0;
    this.exclusive = -1;
    this.pipeline = 0;
    this.pipelineAt = -1;
    this.stop = undefined;
    this.pending.fill(0);
    this.active.fill(0);
    this.priority.fill(0);
    this.enabled.fill(0);
    this.enabled.fill(1, 0, SYSTEM_EXCEPTIONS);
    this.level.fill(0);
    this.pendingCount = this.activeCount = 0;
    this.activePriority = LOWEST_PRIORITY;
  }

  /** True if the FPU exists and CPACR grants access to coprocessors 10 and 11, to privileged code at least. */
  get fpEnabled(): boolean {
    const access = (this.system.cpacr >>> 20) & 0xf;
    return this.features.has("fp") &&
      (access === FP_ACCESS.full || access === FP_ACCESS.privileged);
  }
}

/**
 * What an interrupt controller has if the board file does not say: all 32 interrupts and the 2 bits of
 * priority of every Armv6-M controller (DDI 0419, B3.4), else 240 interrupts, and 2 bits on Armv8-M
 * Baseline or 8, the most that the cores can be built with (TRMs, "NVIC").
 */
function defaultInterrupts(baseline: boolean, v8m: boolean): NonNullable<EngineParts["nvic"]> {
  return { interrupts: baseline && !v8m ? 32 : 240, priorityBits: baseline ? 2 : 8 };
}

function featuresOf(parts: EngineParts): ReadonlySet<Feature> {
  const features = new Set<Feature>(["v6m"]);
  if (parts.core === "cortex-m0" || parts.core === "cortex-m0plus") return features;
  features.add("v8b");
  if (parts.core === "cortex-m23") return features.add("v8m");
  features.add("v7m");
  if (parts.core === "cortex-m33") features.add("v8m").add("v8mm");
  if (parts.core !== "cortex-m3" && parts.dsp !== false) features.add("dsp");
  if (parts.fpu === "none") return features;
  features.add("fp");
  if (parts.fpu !== "fpv4-sp-d16") features.add("fp5");
  if (parts.fpu === "fpv5-d16") features.add("fp64");
  return features;
}

function resetSystem(baseline: boolean): SystemRegisters {
  return {
    vtor: 0,
    cpacr: 0,
    ccr: baseline ? CCR.unalignTrap | CCR.stackAlign : CCR.stackAlign,
    shcsr: 0,
    cfsr: 0,
    hfsr: 0,
    mmfar: 0,
    bfar: 0,
    dfsr: 0,
    afsr: 0,
    actlr: 0,
    demcr: 0,
    prigroup: 0,
    scr: 0,
    fpccr: 0xc000_0000 | 0,
    fpcar: 0,
    fpdscr: 0,
  };
}
