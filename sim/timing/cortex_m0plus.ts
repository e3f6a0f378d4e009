/**
 * The small cores with two or three pipeline stages: Cortex-M0, Cortex-M0+ and Cortex-M23, zero wait states.
 *
 * Cortex-M0+: DDI0484C 3.3 (Instruction set summary), the single-cycle multiplier, memory on the AHB port
 * (the single-cycle I/O port is not modelled). Exception entry takes 15 cycles (DDI0484C 3.6). No manual
 * gives a figure for return and tail-chaining: assumed are 15 again, and 15 without the 8 stores.
 *
 * Cortex-M0: DDI0432C 3.3, whose third pipeline stage makes each taken branch one cycle longer; exception
 * entry takes 16 cycles (DDI0432C 3.6). Compared with cycle counts that the author of jnk0le/cortexm-AES
 * (MIT) measured on an STM32F0 at zero wait states, the same sources assembled and run here: keyschedule128
 * of CM0_sBOX 399, its encrypt128 1646, encrypt128 of CM0_FASTMULsBOX 1567, all three equal.
 *
 * Cortex-M23: an assumption, not a table of a manual: the cycles of the Cortex-M0+, whose two-stage pipeline
 * it has, with its branches for CBZ and its loads for load-acquire and exclusives, and 17 cycles for a
 * division, the faster of the two dividers that it can be built with.
 *
 * @module
 */
import type { TimingModel } from "../types.ts";
import { tableModel, type TimingTable } from "./table.ts";

const TWO_STAGES: TimingTable = {
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
};

/** The Cortex-M0+. */
export const cortexM0plus: TimingModel = tableModel({
  name: "cortex-m0plus-static-1",
  limits: "cycle table of the manual, single-cycle multiplier, no single-cycle I/O port",
  source: "Cortex-M0+ TRM, Arm DDI0484C, 3.3",
  predicatedOut: 1,
  divide: () => 1,
  exceptions: { entry: 15, exit: 15, tailChain: 7, floatingPoint: 0 },
  table: TWO_STAGES,
});

/** The Cortex-M0. */
export const cortexM0: TimingModel = tableModel({
  name: "cortex-m0-static-1",
  limits: "cycle table of the manual, single-cycle multiplier",
  compared: "3 AES kernels on an STM32F0, zero wait states, equal",
  source: "Cortex-M0 TRM, Arm DDI0432C, 3.3",
  predicatedOut: 1,
  divide: () => 1,
  exceptions: { entry: 16, exit: 16, tailChain: 8, floatingPoint: 0 },
  table: {
    ...TWO_STAGES,
    alu: [1, 0, 2], // write to PC 3
    "load-multiple": [1, 1, 3], // POP with PC 4 + N
    branch: [1, 0, 2],
    "branch-conditional": [1, 0, 2],
    "branch-link": [1, 0, 3],
    "branch-register": [1, 0, 2],
    "branch-link-register": [1, 0, 2],
    special: [4, 0, 0],
    barrier: [4, 0, 0],
    exception: [16, 0, 0],
  },
});

/** The Cortex-M23. */
export const cortexM23: TimingModel = tableModel({
  name: "cortex-m23-assumed-1",
  limits:
    "an assumption: the cycles of the Cortex-M0+, whose pipeline is as long, and 17 cycles a division",
  source: "Cortex-M0+ TRM, Arm DDI0484C, 3.3; the Cortex-M23 TRM, Arm DDI0550, has no cycle table",
  predicatedOut: 1,
  divide: () => 17,
  exceptions: { entry: 15, exit: 15, tailChain: 7, floatingPoint: 0 },
  table: {
    ...TWO_STAGES,
    "compare-branch": [1, 0, 1],
    exclusive: [2, 0, 0],
  },
});
