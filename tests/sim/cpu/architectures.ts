/**
 * The architectures that are compared with binutils.
 *
 * @module
 */
import type { Feature } from "../../../sim/cpu/architecture.ts";

/** An architecture with the extensions of one kind of core. */
export interface Architecture {
  /** Name for messages. */
  readonly name: string;
  /** Directives that select it in GNU as. */
  readonly directives: readonly string[];
  /** Options that select it in llvm-mc. */
  readonly llvm: readonly string[];
  /** What it has. */
  readonly features: ReadonlySet<Feature>;
}

const V7M = ["v6m", "v8b", "v7m"] as const;
const MAINLINE = [...V7M, "v8m", "v8mm", "dsp"] as const;

/** They cover every feature with and without. */
export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "armv6s-m",
    directives: [".arch armv6s-m", ".fpu softvfp"],
    llvm: ["-triple=thumbv6m", "-mcpu=cortex-m0"],
    features: new Set(["v6m"]),
  },
  {
    name: "armv7-m",
    directives: [".arch armv7-m", ".fpu softvfp"],
    llvm: ["-triple=thumbv7m", "-mcpu=cortex-m3"],
    features: new Set(V7M),
  },
  {
    name: "armv7e-m, FPv4-SP",
    directives: [".arch armv7e-m", ".fpu fpv4-sp-d16"],
    llvm: ["-triple=thumbv7em", "-mcpu=cortex-m4"],
    features: new Set([...V7M, "dsp", "fp"] as const),
  },
  {
    name: "armv7e-m, FPv5",
    directives: [".arch armv7e-m", ".fpu fpv5-d16"],
    llvm: ["-triple=thumbv7em", "-mcpu=cortex-m7"],
    features: new Set([...V7M, "dsp", "fp", "fp5", "fp64"] as const),
  },
  {
    name: "armv8-m.base",
    directives: [".arch armv8-m.base", ".fpu softvfp"],
    llvm: ["-triple=thumbv8m.base", "-mcpu=cortex-m23"],
    features: new Set(["v6m", "v8b", "v8m"]),
  },
  {
    name: "armv8-m.main with DSP, FPv5-SP",
    directives: [".arch armv8-m.main", ".arch_extension dsp", ".fpu fpv5-sp-d16"],
    llvm: ["-triple=thumbv8m.main", "-mcpu=cortex-m33"],
    features: new Set([...MAINLINE, "fp", "fp5"] as const),
  },
  {
    name: "armv8-m.main with DSP, FPv5",
    directives: [".arch armv8-m.main", ".arch_extension dsp", ".fpu fpv5-d16"],
    llvm: ["-triple=thumbv8m.main", "-mcpu=cortex-m33", "-mattr=+fp64"],
    features: new Set([...MAINLINE, "fp", "fp5", "fp64"] as const),
  },
];
