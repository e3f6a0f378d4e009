/**
 * Cortex-M33 as if it issued one instruction a cycle. The TRM (Arm 100230) publishes no cycle table; the
 * numbers are measurements on an RP2350 (r1p0) collected in jnk0le/random (CC0): a load or store issues in one
 * cycle, LDM and STM of x registers take x, LDRD 2, a taken branch 2, POP with PC one or two more than POP
 * with LR and BX (used: one), an instruction whose IT condition fails 1, a floating-point operation blocks the
 * next one for 2 cycles, a fused multiply-add for 3.
 *
 * The core can pair two 16-bit instructions and hide a branch that is not taken, which makes these numbers too
 * high; results of loads, multiplications and shifted operands that are used at once cost it a cycle that
 * is left out here, which makes them too low. Assumed as on the Cortex-M4: the divider, VDIV and VSQRT,
 * special registers, exclusives and exceptions.
 *
 * @module
 */
import type { TimingModel } from "../types.ts";
import { EXCEPTIONS_M4 } from "./cortex_m4.ts";
import { earlyTerminatingDivide, tableModel } from "./table.ts";

/** The model. */
export const cortexM33: TimingModel = tableModel({
  name: "cortex-m33-single-issue-1",
  limits:
    "one instruction a cycle where the core can pair 16-bit ones, no result latencies; divider, " +
    "VDIV, VSQRT, special registers and exceptions assumed as on the Cortex-M4",
  source: "jnk0le/random pipeline notes (RP2350); Cortex-M33 TRM, Arm 100230, has no cycle table",
  predicatedOut: 1,
  divide: earlyTerminatingDivide,
  exceptions: EXCEPTIONS_M4,
  table: {
    alu: [1, 0, 1],
    mul: [1, 0, 0],
    mla: [1, 0, 0],
    mull: [1, 0, 0],
    mlal: [1, 0, 0],
    load: [1, 0, 2],
    "load-pair": [0, 1, 0],
    "load-multiple": [0, 1, 3], // POP {LR} and BX would take N + 2
    store: [1, 0, 0],
    "store-pair": [0, 1, 0],
    "store-multiple": [0, 1, 0],
    branch: [1, 0, 1],
    "branch-conditional": [1, 0, 1],
    "branch-link": [1, 0, 1],
    "branch-register": [1, 0, 1],
    "branch-link-register": [1, 0, 1],
    "compare-branch": [1, 0, 1],
    "table-branch": [2, 0, 1],
    special: [2, 0, 0],
    barrier: [1, 0, 0],
    nop: [1, 0, 0],
    it: [1, 0, 0],
    exclusive: [2, 0, 0],
    exception: [12, 0, 0],
    "fp-alu": [2, 0, 0],
    "fp-mul": [2, 0, 0],
    "fp-mla": [3, 0, 0],
    "fp-div": [14, 0, 0],
    "fp-sqrt": [14, 0, 0],
    "fp-convert": [2, 0, 0],
    "fp-compare": [2, 0, 0],
    "fp-move": [1, 0, 0],
    "fp-move-pair": [2, 0, 0],
    "fp-load": [1, 0, 0],
    "fp-load-multiple": [0, 1, 0],
    "fp-store": [1, 0, 0],
    "fp-store-multiple": [0, 1, 0],
  },
});
