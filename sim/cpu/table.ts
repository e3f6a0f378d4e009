/**
 * The instruction table: all lines of all groups. Decoder, interpreter, disassembler and generated tests
 * are made from it.
 *
 * What the architecture leaves open is decided here, in one place:
 *
 * - An encoding that is UNPREDICTABLE (a bit that should be 0 or 1 is not; SP, PC or equal registers where
 *   the manual allows none; an empty list) is an undefined instruction. The disassembler shows its text all
 *   the same.
 * - Executed although UNPREDICTABLE: 32-bit ADD and SUB of another register to SP, which compilers have
 *   emitted; FLDMX and FSTMX, which are deprecated.
 * - Hints that are not allocated, PLD, PLI, PLDW and DBG do nothing. SG does nothing: there is no Security
 *   Extension. Its other instructions (BXNS, BLXNS, TTA, TTAT, VLLDM, VLSTM) are undefined, as in Non-secure
 *   state.
 * - An instruction that may not be in an IT block, or a branch that is not its last, is executed there like
 *   any other: the rest of the block still runs under ITSTATE. MOVS with a shift of 0 sets no flags there.
 *   A branch from outside into an IT block runs its instructions unconditionally.
 *   BKPT and, although UNPREDICTABLE there, the instructions of FPv5 without a condition (VSEL, VMAXNM,
 *   VMINNM, VRINTA to VRINTP, VCVTA to VCVTP) are executed whatever the condition of the block is.
 * - Coprocessors other than the floating-point unit are absent: their instructions raise NOCP. On the cores
 *   without them in the architecture (Armv6-M, Armv8-M Baseline) these are undefined.
 * - The 16-bit STM stores its base as it was, wherever it is in the list.
 * - Loads and stores of multiple registers start again from their first register after an exception.
 * - A store exclusive succeeds only at the address, not at the granule, of the load exclusive before it.
 *
 * @module
 */
import type { Encoding } from "./op.ts";
import { DATA_16 } from "./table/data16.ts";
import { DATA_32 } from "./table/data32.ts";
import { MEMORY } from "./table/memory.ts";
import { MULTIPLE } from "./table/multiple.ts";
import { BRANCH } from "./table/branch.ts";
import { SYSTEM } from "./table/system.ts";
import { MULTIPLY } from "./table/multiply.ts";
import { DSP } from "./table/dsp.ts";
import { FLOAT } from "./table/float.ts";
import { FLOAT_TRANSFER } from "./table/float_transfer.ts";

/** All lines. */
export const TABLE: readonly Encoding[] = [
  ...DATA_16,
  ...DATA_32,
  ...MEMORY,
  ...MULTIPLE,
  ...BRANCH,
  ...SYSTEM,
  ...MULTIPLY,
  ...DSP,
  ...FLOAT,
  ...FLOAT_TRANSFER,
];
