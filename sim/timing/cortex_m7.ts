/**
 * Cortex-M7 as if it issued one instruction a cycle: an upper bound on the issue slots, because the
 * core issues up to two. The TRM (DDI0489F) publishes no cycle table; the numbers are measurements on an
 * STM32H743 collected in jnk0le/random (CC0): loads, stores, multiplies and single-precision operations
 * issue once a cycle, LDM/STM move two registers a cycle, VDIV 16, VSQRT 14; of the ranges given for
 * double precision the upper end is used (VADD.D 3, VMUL.D 5, VFMA.D 10, VDIV.D 30), for VCVT.D that of
 * VADD.D and for VSQRT.D that of VDIV.D, assumed. Direct branches count as predicted (no refill); a write
 * to PC from a register or from memory counts as mispredicted, 8 cycles, always. Result latencies, bank
 * conflicts and store-buffer limits are not modelled. The divider is assumed to be that of the
 * Cortex-M4, exception entry, return and tail-chaining to take its 12, 10 and 6 cycles.
 *
 * Compared with cycle counts that the author of jnk0le/cortexm-AES (MIT) measured on an STM32H743 from TCM,
 * the same sources assembled and run here: CM7_1T keyschedule128 139, here 269; its encrypt128 292, here
 * 562; CM7_DSPsBOX encrypt128 400, here 768.
 *
 * @module
 */
import type { TimingModel } from "../types.ts";
import { EXCEPTIONS_M4 } from "./cortex_m4.ts";
import { earlyTerminatingDivide, tableModel } from "./table.ts";

const INDIRECT = 8;

/** The model. */
export const cortexM7: TimingModel = tableModel({
  name: "cortex-m7-single-issue-1",
  compared: "3 AES kernels on an STM32H743 from TCM, 1.9 times their cycles",
  limits:
    "upper bound on issue slots: one instruction a cycle where the core issues up to two; direct branches predicted, others mispredicted; no result latencies",
  source:
    "jnk0le/random pipeline notes (STM32H743); Cortex-M7 TRM, Arm DDI0489F, has no cycle table",
  predicatedOut: 1,
  divide: earlyTerminatingDivide,
  exceptions: EXCEPTIONS_M4,
  table: {
    alu: [1, 0, INDIRECT],
    mul: [1, 0, 0],
    mla: [1, 0, 0],
    mull: [1, 0, 0],
    mlal: [1, 0, 0],
    load: [1, 0, INDIRECT],
    "load-pair": [1, 0, 0],
    "load-multiple": [0, 0.5, INDIRECT],
    store: [1, 0, 0],
    "store-pair": [1, 0, 0],
    "store-multiple": [0, 0.5, 0],
    branch: [1, 0, 0],
    "branch-conditional": [1, 0, 0],
    "branch-link": [1, 0, 0],
    "branch-register": [1, 0, INDIRECT],
    "branch-link-register": [1, 0, INDIRECT],
    "compare-branch": [1, 0, 0],
    "table-branch": [2, 0, INDIRECT],
    special: [2, 0, 0],
    barrier: [1, 0, 0],
    nop: [1, 0, 0],
    it: [1, 0, 0],
    exclusive: [2, 0, 0],
    exception: [12, 0, 0],
    "fp-alu": [1, 0, 0],
    "fp-mul": [1, 0, 0],
    "fp-mla": [1, 0, 0],
    "fp-div": [16, 0, 0],
    "fp-sqrt": [14, 0, 0],
    "fp-convert": [1, 0, 0],
    "fp-compare": [1, 0, 0],
    "fp-move": [1, 0, 0],
    "fp-move-pair": [1, 0, 0],
    "fp-load": [1, 0, 0],
    "fp-load-multiple": [0, 0.5, 0],
    "fp-store": [1, 0, 0],
    "fp-store-multiple": [0, 0.5, 0],
    "fp64-alu": [3, 0, 0],
    "fp64-mul": [5, 0, 0],
    "fp64-mla": [10, 0, 0],
    "fp64-div": [30, 0, 0],
    "fp64-sqrt": [30, 0, 0],
    "fp64-convert": [3, 0, 0],
  },
});
