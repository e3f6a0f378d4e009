/**
 * The loop over instructions, decoded or translated.
 *
 * @module
 */
import type { CpuState } from "./state.ts";
import { passes } from "./flags.ts";
import type { Account } from "./account.ts";
import type { Code } from "./code.ts";
import { PAGE_BITS, PAGE_SLOTS, type Slots } from "./code_cache.ts";
import type { Op } from "./op.ts";

const PAGE_MASK = -1 << PAGE_BITS;

/** Runs instructions and collects what they cost. */
export class RunLoop {
  /** What ended the loop by being thrown, a fault as a rule. */
  failure: unknown = undefined;
  /** Address of the instruction that threw it. */
  failurePc = 0;
  readonly #cpu: CpuState;
  readonly #code: Code;
  readonly #account: Account;

  /**
   * @param cpu State
   * @param code Its code
   * @param account Where the costs go
   */
  constructor(cpu: CpuState, code: Code, account: Account) {
    this.#cpu = cpu;
    this.#code = code;
    this.#account = account;
  }

  /**
   * The loop. Runs until the budget is used up, something stops it, or an instruction would start at or
   * after a cycle; collects the counts. `credit` is what is certainly left until that cycle: the clock is
   * read only when the worst cases of what has run have used it up.
   */
  execute(horizon: number): void {
    const cpu = this.#cpu;
    const account = this.#account;
    const { bus, r } = cpu;
    const { cache, accelerator } = this.#code;
    const { predicatedOut } = cpu.timing;
    let count = 0;
    let pc = cpu.next;
    let it = 0;
    let page = 1;
    let slots: Slots = [];
    let current = account.function;
    /** True if the instruction at `pc` was fetched by translated code. */
    let fetched = false;
    /** True if there may be translated code at `pc`. */
    let probe = true;
    /** Where `count` was when translated code was last asked for. */
    let asked = 0;
    let credit = horizon - account.cycles();
    let pipeline = cpu.pipelineAt === pc ? cpu.pipeline : 0;
    this.failure = undefined;
    try {
      while (count < cpu.limit) {
        if (credit <= 0) {
          credit = this.#left(horizon, credit);
          if (credit <= 0) break;
        }
        if (accelerator !== undefined && probe && cpu.it === 0) {
          probe = false;
          let unit = accelerator.find(pc, pipeline, count - asked);
          while (unit !== undefined) {
            let budget = accelerator.budget(unit, cpu.limit - count, credit);
            if (budget < unit.first) {
              credit = this.#left(horizon, credit);
              budget = accelerator.budget(unit, cpu.limit - count, credit);
              if (budget < unit.first) break;
            }
            if (unit.fn !== current) {
              account.enter(unit.fn, account.instructions + count);
              current = unit.fn;
            }
            count += accelerator.run(unit, budget);
            credit -= accelerator.spent;
            pc = cpu.next;
            pipeline = cpu.pipeline;
            probe = true;
            fetched = accelerator.fetched;
            unit = fetched || cpu.it !== 0 ? undefined : accelerator.find(pc, pipeline, 0);
          }
          asked = count;
          if (!fetched && (count >= cpu.limit || credit <= 0)) continue;
        }
        it = cpu.it;
        let op: Op | undefined;
        if (it === 0 && pipeline === 0) {
          if ((pc & PAGE_MASK) !== page) {
            page = pc & PAGE_MASK;
            slots = cache.slots(pc, false, 0);
          }
          op = slots[(pc >>> 1) & (PAGE_SLOTS - 1)];
        } else op = cache.slots(pc, it !== 0, pipeline)[(pc >>> 1) & (PAGE_SLOTS - 1)];
        op ??= this.#code.prepare(pc, it !== 0, pipeline, account.profile, account.function);
        if (op === undefined) break;
        if (op.fn !== current) {
          account.enter(op.fn, account.instructions + count);
          current = op.fn;
        }
        if (fetched) fetched = false;
        else bus.fetch(pc, op.size);
        r[15] = (pc + 4) | 0;
        cpu.next = op.next;
        if (it === 0) {
          op.exec(cpu, op);
          cpu.cycles += op.cost;
        } else {
          cpu.it = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
          if (passes(cpu, it >>> 4) || op.encoding.always) {
            op.exec(cpu, op);
            cpu.cycles += op.cost;
          } else cpu.cycles += predicatedOut;
        }
        count++;
        credit -= op.worst;
        pc = cpu.next;
        if (pc === op.next) pipeline = op.after;
        else {
          pipeline = op.afterTaken;
          probe = true;
        }
      }
    } catch (error) {
      this.failure = error;
      this.failurePc = pc;
      cpu.it = it;
    }
    cpu.pipeline = pipeline;
    cpu.pipelineAt = pc;
    if (accelerator !== undefined) cpu.parts.translation?.collect();
    account.instructions += count;
    account.coreCycles += cpu.cycles;
    cpu.cycles = 0;
    account.function = current;
  }

  /** Cycles until another one; what was believed to be left must not be more. */
  #left(horizon: number, credit: number): number {
    const left = horizon - this.#account.cycles();
    if (credit > left + 1e-6) {
      throw new Error(`instructions took ${credit - left} cycles more than their worst case`);
    }
    return left;
  }
}
