/**
 * Cortex-M3 and Cortex-M4, zero wait states. Cortex-M3: DDI0337E 18.2; Cortex-M4: Arm 100166 3.3.1
 * (integer) and 7.2.3 (FPU).
 *
 * The manuals give a branch 1 + P, P = pipeline refill of 1 to 3 cycles "depending on the alignment
 * and width of the target instruction, and whether the processor manages to speculate the address
 * early". Used here: P = 1 for branches whose target is in the instruction (B, B<cond>, BL, CBZ; the
 * value measured for loop back-edges), P = 2 where the target comes from a register or memory (BX, BLX,
 * POP {PC}, LDR PC, TBB). Costs that depend on neighbours are taken without them: a load is 2 although
 * the second of two neighbouring loads adds only 1; a store is 1 (write buffer); results that are used
 * at once, unaligned data and unaligned 32-bit instructions add nothing.
 *
 * @module
 */
import type { ExceptionCosts, TimingModel } from "../types.ts";
import { earlyTerminatingDivide, tableModel, type TimingTable } from "./table.ts";

const DIRECT = 1;
const INDIRECT = 2;

const COMMON: TimingTable = {
  alu: [1, 0, INDIRECT],
  mul: [1, 0, 0],
  load: [2, 0, INDIRECT],
  "load-pair": [1, 1, 0],
  "load-multiple": [1, 1, INDIRECT],
  store: [1, 0, 0],
  "store-pair": [1, 1, 0],
  "store-multiple": [1, 1, 0],
  branch: [1, 0, DIRECT],
  "branch-conditional": [1, 0, DIRECT],
  "branch-link": [1, 0, DIRECT],
  "branch-register": [1, 0, INDIRECT],
  "branch-link-register": [1, 0, INDIRECT],
  "compare-branch": [1, 0, DIRECT],
  "table-branch": [2, 0, INDIRECT],
  special: [2, 0, 0], // MRS 2, MSR 2
  barrier: [1, 0, 0], // 1 + B, B the barrier's own wait, 0 without outstanding accesses
  nop: [1, 0, 0],
  it: [1, 0, 0], // may fold to 0
  exclusive: [2, 0, 0],
  exception: [12, 0, 0], // interrupt latency with zero wait states
};

/** Interrupt latency, return and tail-chaining with zero wait states (Cortex-M3 TRM, Arm 100165, 3.9.1). */
const EXCEPTIONS_M3: ExceptionCosts = { entry: 12, exit: 12, tailChain: 6, floatingPoint: 0 };

/**
 * The same for the Cortex-M4, whose return takes 10; with an active floating-point context that is not
 * stacked lazily entry takes 29 and return 27 (Cortex-M4 TRM, Arm DDI0439D, 3.9.1).
 */
export const EXCEPTIONS_M4: ExceptionCosts = {
  entry: 12,
  exit: 10,
  tailChain: 6,
  floatingPoint: 17,
};

/** Cortex-M3. Long multiplies take 3 to 5 (plain) and 4 to 7 (accumulating) cycles by their data: the middle is used. */
export const cortexM3: TimingModel = tableModel({
  name: "cortex-m3-static-1",
  compared:
    "3 AES kernels on an STM32F103, zero wait states, 13 to 23 % above (cortex-m3-neighbours-1: 0.5 %)",
  limits:
    "no pairing of neighbouring loads, P of 1 (direct) and 2 (indirect), long multiplies at 4 and 6 cycles",
  source: "Cortex-M3 TRM, Arm DDI0337E, 18.2",
  predicatedOut: 1,
  divide: earlyTerminatingDivide,
  exceptions: EXCEPTIONS_M3,
  table: { ...COMMON, mla: [2, 0, 0], mull: [4, 0, 0], mlal: [6, 0, 0] },
});

/** Cortex-M4 and M4F. */
export const cortexM4: TimingModel = tableModel({
  name: "cortex-m4-static-1",
  compared:
    "4 AES kernels on an STM32F407, zero wait states, 13 to 23 % above (cortex-m4-neighbours-1: 0.5 %)",
  limits: "no pairing of neighbouring loads, P of 1 (direct) and 2 (indirect)",
  source: "Cortex-M4 TRM, Arm 100166, 3.3.1 and 7.2.3",
  predicatedOut: 1,
  divide: earlyTerminatingDivide,
  exceptions: EXCEPTIONS_M4,
  table: {
    ...COMMON,
    mla: [1, 0, 0],
    mull: [1, 0, 0],
    mlal: [1, 0, 0],
    "fp-alu": [1, 0, 0],
    "fp-mul": [1, 0, 0],
    "fp-mla": [3, 0, 0],
    "fp-div": [14, 0, 0],
    "fp-sqrt": [14, 0, 0],
    "fp-convert": [1, 0, 0],
    "fp-compare": [1, 0, 0],
    "fp-move": [1, 0, 0],
    "fp-move-pair": [2, 0, 0],
    "fp-load": [2, 0, 0],
    "fp-load-multiple": [1, 1, 0],
    "fp-store": [2, 0, 0],
    "fp-store-multiple": [1, 1, 0],
  },
});
