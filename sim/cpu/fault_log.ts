/**
 * What comes of the faults of a run: a handler of the firmware takes them, the run ends with a report, or
 * the access is ignored. Those that handlers took are remembered.
 *
 * @module
 */
import type { Account } from "./account.ts";
import type { Code } from "./code.ts";
import { type Fault, report } from "./faults.ts";
import { advanceIt } from "./flags.ts";
import type { CpuState } from "./state.ts";
import { type FaultPolicy, takeFault } from "./take_fault.ts";

/** Faults that are remembered although handlers took them. */
const MOST_REMEMBERED = 4;

/** Faults as text, and how many there were. */
export interface TakenFaults {
  readonly first: readonly string[];
  readonly count: number;
}

/** The faults of a core. */
export class FaultLog {
  readonly #cpu: CpuState;
  readonly #code: Code;
  readonly #account: Account;
  readonly #policy: FaultPolicy;
  #first: string[] = [];
  #count = 0;

  /**
   * @param cpu State
   * @param code Gives instructions as text
   * @param account Where an ignored access is counted
   * @param policy Which faults enter a handler
   */
  constructor(cpu: CpuState, code: Code, account: Account, policy: FaultPolicy) {
    this.#cpu = cpu;
    this.#code = code;
    this.#account = account;
    this.#policy = policy;
  }

  /** Takes a fault, or stops with its report. */
  take(error: unknown, pc: number): void {
    const cpu = this.#cpu;
    const outcome = takeFault(cpu, error, pc, this.#policy);
    if (outcome.kind === "report") this.#stopWith(outcome.fault, pc);
    else if (outcome.kind === "ignored") this.#skip(pc);
    else if (this.#first.length < MOST_REMEMBERED) {
      this.#first.push(report(cpu, outcome.first, pc, this.#code.text(pc)).message);
    }
    if (outcome.kind !== "report") this.#count++;
  }

  /** Counts an instruction whose access was ignored as executed. */
  #skip(pc: number): void {
    const cpu = this.#cpu;
    const { it } = cpu;
    const op = this.#code.decode(pc, it !== 0);
    cpu.it = advanceIt(it);
    cpu.next = op.next;
    this.#account.coreCycles += op.cost;
    this.#account.instructions++;
  }

  #stopWith(fault: Fault, pc: number): void {
    const cpu = this.#cpu;
    cpu.next = pc;
    cpu.stop = { kind: "fault", fault: report(cpu, fault, pc, this.#code.text(pc)) };
  }

  /** Faults that handlers took. */
  save(): TakenFaults {
    return { first: [...this.#first], count: this.#count };
  }

  /** Goes back to saved ones. */
  restore(saved: TakenFaults): void {
    this.#first = [...saved.first];
    this.#count = saved.count;
  }
}
