/**
 * The instruction table: all lines of all groups. Decoder, interpreter, disassembler and generated tests
 * are made from it.
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
];
