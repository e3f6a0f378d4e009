/**
 * From memory to predecoded instructions: what is at an address, what it costs, and what stands there
 * for an instruction that the core does not have.
 *
 * @module
 */
import { CoreFault } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { type Encoding, encoding, type Fields, Op } from "./op.ts";
import { price } from "./cost.ts";
import { createDecoder, type Decoder, isWide } from "./decoder.ts";
import { instructionText } from "./instruction_text.ts";
import { hasStackLimits, limitStack } from "./stack_limit.ts";
import { TABLE } from "./table.ts";
import { bound, mostDivideOf } from "./worst_case.ts";

const NO_FIELDS: Fields = Object.freeze(
  Object.fromEntries([..."abcdefghijklmnoprstuwxyzDMN"].map((letter) => [letter, 0])),
) as Fields;

const failing = (cause: "undefined-instruction" | "no-fpu" | "no-coprocessor") => (): void => {
  throw new CoreFault(cause);
};

function unknown(size: 2 | 4, cause: "undefined-instruction" | "no-fpu" | "no-coprocessor") {
  return encoding("udf", "x".repeat(size * 8), "v6m", "nop", "", failing(cause));
}

const UNDEFINED_NARROW = unknown(2, "undefined-instruction");
const UNDEFINED_WIDE = unknown(4, "undefined-instruction");
const NO_FPU = unknown(4, "no-fpu");
const NO_COPROCESSOR = unknown(4, "no-coprocessor");

/** Decodes instructions of one core. */
export class Predecoder {
  readonly #cpu: CpuState;
  readonly #decoder: Decoder;
  readonly #mostDivide: number;

  /** @param cpu The core and its memory */
  constructor(cpu: CpuState) {
    this.#cpu = cpu;
    this.#decoder = createDecoder(TABLE, cpu.features);
    this.#mostDivide = mostDivideOf(cpu.timing);
  }

  /** The instruction at an address as text; undefined if there is none. */
  text(pc: number): string | undefined {
    return instructionText(this.#cpu, this.#decoder, pc);
  }

  /**
   * Decodes the instruction at an address; one that the core lacks becomes one that faults.
   *
   * @param pc Address
   * @param inIt True inside an IT block
   * @param pipeline State of the pipeline, for the timing model's sequence rules
   * @throws {MemoryFault} If nothing can be fetched there
   */
  decode(pc: number, inIt: boolean, pipeline: number): Op {
    const cpu = this.#cpu;
    const first = cpu.bus.decode16(pc);
    const wide = isWide(first);
    const second = wide ? cpu.bus.decode16((pc + 2) | 0) : 0;
    const word = wide ? (first << 16) | second : first;
    const op = this.#decoder.decode(first, second, pc, inIt);
    const line = op === undefined ? this.#missing(first, second) : this.#forbidden(op.encoding);
    if (line !== undefined || op === undefined) {
      const failing = new Op(line ?? UNDEFINED_NARROW, NO_FIELDS, pc, word, inIt);
      bound(failing, cpu.bus, cpu.timing, 0);
      return failing;
    }
    price(op, pipeline, cpu.timing);
    if (hasStackLimits(cpu)) limitStack(op);
    bound(op, cpu.bus, cpu.timing, this.#mostDivide);
    return op;
  }

  /** The line that raises the right fault for an instruction that the core does not have. */
  #missing(first: number, second: number): Encoding {
    if (!isWide(first)) return UNDEFINED_NARROW;
    const coprocessorSpace = (first & 0xec00) === 0xec00;
    const coprocessor = (second >>> 8) & 0xf;
    if (this.#cpu.baseline || !coprocessorSpace) return UNDEFINED_WIDE;
    if (coprocessor === 10 || coprocessor === 11) {
      return this.#cpu.fpEnabled ? UNDEFINED_WIDE : NO_FPU;
    }
    return (first & 0x0300) === 0x0300 ? UNDEFINED_WIDE : NO_COPROCESSOR;
  }

  #forbidden({ feature }: Encoding): Encoding | undefined {
    const isFloat = feature === "fp" || feature === "fp5" || feature === "fp64";
    return isFloat && !this.#cpu.fpEnabled ? NO_FPU : undefined;
  }
}
