/**
 * What the fuzzer leaves out, and known faults of the peer, each with its proof.
 *
 * @module
 */
import type { Encoding } from "../../sim/cpu/op.ts";
import type { Op } from "../../sim/cpu/op.ts";
import { FPSCR, type FuzzCase, type Target } from "./state.ts";

/** Lines of the table that are not generated. */
export interface Exception {
  /** True for its lines. */
  readonly matches: (line: Encoding, target: Target) => boolean;
  /** Why they cannot be compared, and where they are tested instead. */
  readonly why: string;
}

function named(...names: readonly string[]): (line: Encoding) => boolean {
  return ({ name }) => names.includes(name);
}

/** Everything that is left out. */
export const EXCEPTED: readonly Exception[] = [
  {
    matches: named("svc", "bkpt", "udf"),
    why: "end the oracle's run: it has no exception entry; tests/sim/cpu/faults_test.ts",
  },
  {
    matches: ({ name }) => /^(cdp|mcr|mrc|mcrr|mrrc|ldc|stc)2?l?$/.test(name),
    why: "fault, for want of coprocessors, as tests/sim/cpu/architecture_test.ts shows",
  },
  {
    matches: named("tt", "ttt", "tta", "ttat", "sg", "bxns", "blxns", "vlstm", "vlldm"),
    why: "need the Security Extension, which the oracle's Cortex-M33 has and ours has not",
  },
  {
    matches: named("wfi", "wfe", "yield"),
    why: "stop the oracle, which waits for an interrupt; tests/sim/cpu/interpreter_test.ts",
  },
  {
    matches: (line, { profile }) => profile === "a" && named("cps", "mrs", "msr", "vmsr")(line),
    why: "are other instructions or reach other bits on the A profile; compared on the M profile",
  },
];

/** A fault of the peer. */
export interface KnownFault {
  /** Name for the figures. */
  readonly name: string;
  /** True if it explains a difference of one instruction. */
  readonly explains: (one: FuzzCase, op: Op) => boolean;
  /** What is right, and where that is written. */
  readonly proof: string;
}

/** FPSCR.RMode. */
const ROUNDING_MODE = 3 << 22;

/** The only operands whose two products do not fit into 32 bits together: −32768 four times. */
const LEAST_HALVES = 0x8000_8000 | 0;

/** All known faults of libunicorn 2.0.1. */
export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    name: "fixed-point operands are rounded by FPSCR",
    explains: ({ before }, { encoding }) =>
      encoding.name.startsWith("vcvt.fromfixed") && ((before[FPSCR] ?? 0) & ROUNDING_MODE) !== 0,
    proof:
      "DDI 0403E, A7.7.228, VCVT (between floating-point and fixed-point): round_nearest is TRUE " +
      "for to_fixed == FALSE, so the conversion rounds to nearest whatever FPSCR says; QEMU 7.2 does, as " +
      "tests/programs/known_faults_test.ts shows",
  },
  {
    name: "SMLAD sets Q for the sum of the products",
    explains: ({ before }, { encoding, n, m }) =>
      encoding.name.startsWith("smlad") && before[n] === LEAST_HALVES && before[m] === LEAST_HALVES,
    proof:
      "DDI 0403E, A7.7, SMLAD, SMLADX: Q is set if product1 + product2 + SInt(R[a]) does not fit, not if the " +
      "products alone do not; QEMU 7.2 does so, as tests/programs/known_faults_test.ts shows",
  },
];
