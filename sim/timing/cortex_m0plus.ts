/**
 * Cortex-M0+: DDI0484C 3.3 (Instruction set summary), zero wait states, the single-cycle multiplier,
 * memory on the AHB port (the single-cycle I/O port is not modelled). Exception entry takes 15 cycles
 * (DDI0484C 3.6). No manual gives a figure for return and tail-chaining: assumed are 15 again, and 15
 * without the 8 stores.
 *
 * @module
 */
import type { TimingModel } from "../types.ts";
import { tableModel } from "./table.ts";

/** The model. */
export const cortexM0plus: TimingModel = tableModel({
  name: "cortex-m0plus-static-1",
  limits: "cycle table of the manual, single-cycle multiplier, no single-cycle I/O port",
  source: "Cortex-M0+ TRM, Arm DDI0484C, 3.3",
  predicatedOut: 1,
  divide: () => 1,
  exceptions: { entry: 15, exit: 15, tailChain: 7, floatingPoint: 0 },
  table: {
    alu: [1, 0, 1], // write to PC 2
    mul: [1, 0, 0],
    load: [2, 0, 0],
    store: [2, 0, 0],
    "load-multiple": [1, 1, 2], // POP with PC 3 + N
    "store-multiple": [1, 1, 0],
    branch: [1, 0, 1],
    "branch-conditional": [1, 0, 1],
    "branch-link": [1, 0, 2],
    "branch-register": [1, 0, 1],
    "branch-link-register": [1, 0, 1],
    special: [3, 0, 0],
    barrier: [3, 0, 0],
    nop: [1, 0, 0],
    exception: [15, 0, 0],
  },
});
