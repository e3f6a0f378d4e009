/**
 * What instructions of a Cortex-M3 or Cortex-M4 save behind certain others, as sequence rules.
 *
 * - Neighbouring loads "pipeline their address and data phases", which lets the second one complete in
 *   one cycle (load/store timings in the Cortex-M4 TRM, Arm 100166, 3.3, and the Cortex-M3 TRM, DDI0337E,
 *   18.3). When they do was measured on an STM32F103 and an STM32F407 (jnk0le/random, CC0): the second
 *   one's address must not depend on what the first one loads or on a base that it changes, and a 32-bit
 *   encoding must be aligned to a word.
 * - IT may be folded to 0 cycles (notes of the same TRMs' cycle tables); taken here: behind a 16-bit
 *   instruction.
 *
 * Compared with silicon: cycle counts that the author of jnk0le/cortexm-AES (MIT) measured at zero wait
 * states, and the same sources, assembled, called in the same way and run with these rules:
 *
 * | kernel                     | STM32F407 | here | without the rules | STM32F103 | here |
 * | -------------------------- | --------- | ---- | ----------------- | --------- | ---- |
 * | CM3_1T keyschedule128      | 302       | 301  | 341               | 302       | 301  |
 * | CM3_1T encrypt128          | 626       | 627  | 770               | 627       | 627  |
 * | CM3_1T unrolled encrypt128 | 601       | 598  | 739               | 599       | 598  |
 * | CM4_DSPsBOX encrypt128     | 844       | 842  | 985               |           |      |
 *
 * Not followed: that neighbouring loads must be in the same block of memory, what neighbouring stores
 * cost, runs of unaligned 32-bit instructions.
 *
 * @module
 */
import type { SequenceStep, SequenceTiming, TimedInstruction, TimingModel } from "../types.ts";

/** Bit of a state: the instruction before has 16 bits. Above it: the register it has loaded, plus 1. */
const NARROW = 1;

/** True if an instruction is a load of one register that leaves its base as it is. */
function isPlainLoad({ encoding }: TimedInstruction): boolean {
  return encoding.timing === "load" && !encoding.syntax.includes("<indexed>");
}

/** True if the address of a load comes from a register. */
function isBasedOn(op: TimedInstruction, register: number): boolean {
  return op.n === register || (op.encoding.syntax.includes("<m>") && op.m === register);
}

/**
 * The rules on top of a model.
 *
 * @param model Costs without neighbours
 */
export function neighbourRules(model: TimingModel): SequenceTiming {
  const step = (state: number, op: TimedInstruction): SequenceStep => {
    const { timing, name } = op.encoding;
    const loaded = state >> 1;
    const follows = loaded !== 0 && isPlainLoad(op) && !isBasedOn(op, loaded - 1) &&
      (op.size === 2 || (op.address & 3) === 0);
    const folds = name === "it" && (state & NARROW) !== 0;
    const cost = timing === "div" || folds ? 0 : follows ? 1 : model.cost(timing, op.count);
    const loads = isPlainLoad(op) && op.d !== 15 ? op.d + 1 : 0;
    return { cost, next: (loads << 1) | (op.size === 2 ? NARROW : 0), taken: 0 };
  };
  return { step };
}
