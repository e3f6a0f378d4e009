/**
 * Compiler and linker arguments, the same for the build here and for the Makefile of the folder.
 *
 * @module
 */
import type { CoreName, Cpu, FpuName } from "../board/types.ts";
import type { Toolchain } from "./types.ts";

/**
 * What every compiler gets. `-fno-strict-aliasing`: pools are arrays of bytes that hold tensors of all
 * types. `-ffp-contract=off`: a fused multiply-add rounds once where the IR rounds twice. No unwind
 * tables: nothing throws. `-g0`: Zig's default would put the folder's path into the image.
 */
export const COMPILE_FLAGS: readonly string[] = [
  "-std=c11",
  "-O2",
  "-g0",
  "-Wall",
  "-Wextra",
  "-ffreestanding",
  "-fomit-frame-pointer",
  "-fno-strict-aliasing",
  "-ffp-contract=off",
  "-fno-unwind-tables",
  "-fno-asynchronous-unwind-tables",
  "-ffunction-sections",
  "-fdata-sections",
];

/** What every linker gets besides the script: nothing is placed that the script does not name. */
export const LINKER_FLAGS: readonly string[] = [
  "--gc-sections",
  "--build-id=none",
  "--orphan-handling=error",
  "-z",
  "max-page-size=16",
];

/** Features of LLVM's Arm back end: Zig has no `-mfpu`. */
const ZIG_FPU: Readonly<Record<FpuName, string>> = {
  "none": "",
  "fpv4-sp-d16": "+vfp4d16sp",
  "fpv5-sp-d16": "+fp_armv8d16sp",
  "fpv5-d16": "+fp_armv8d16",
};

const ZIG_CPU: Readonly<Record<CoreName, string>> = {
  "cortex-m0": "cortex_m0",
  "cortex-m0plus": "cortex_m0plus",
  "cortex-m3": "cortex_m3",
  "cortex-m4": "cortex_m4",
  "cortex-m7": "cortex_m7",
  "cortex-m23": "cortex_m23",
  "cortex-m33": "cortex_m33",
};

/** Arguments that say which core, for GCC; clang needs `--target` before them. */
export function targetFlags(cpu: Cpu, kind: Toolchain["kind"]): string[] {
  const hard = cpu.fpu !== "none";
  if (kind === "zig") {
    const target = `thumb-freestanding-${hard ? "eabihf" : "eabi"}`;
    const dsp = cpu.dsp === false ? "-dsp" : "";
    return ["-target", target, `-mcpu=${ZIG_CPU[cpu.core]}${dsp}${ZIG_FPU[cpu.fpu]}`];
  }
  return [
    ...(kind === "clang" ? ["--target=arm-none-eabi"] : []),
    `-mcpu=${cpu.core}${cpu.dsp === false ? "+nodsp" : ""}`,
    "-mthumb",
    ...(hard ? ["-mfloat-abi=hard", `-mfpu=${cpu.fpu}`] : ["-mfloat-abi=soft"]),
  ];
}

/** Arguments of the compiler for one file. */
export function compileArguments(
  cpu: Cpu,
  kind: Toolchain["kind"],
  source: string,
  object: string,
): string[] {
  return [...targetFlags(cpu, kind), ...COMPILE_FLAGS, "-c", source, "-o", object];
}

/** Arguments that link; Zig's driver is skipped for the linker in it, as nothing but our objects is linked. */
export function linkArguments(
  cpu: Cpu,
  kind: Toolchain["kind"],
  script: string,
  objects: readonly string[],
  elf: string,
): string[] {
  if (kind === "zig") return [...LINKER_FLAGS, "-T", script, "-o", elf, ...objects];
  return [
    ...targetFlags(cpu, kind),
    ...(kind === "clang" ? ["-fuse-ld=lld"] : []),
    "-nostdlib",
    ...LINKER_FLAGS.map((flag) => `-Wl,${flag}`),
    `-Wl,-T,${script}`,
    "-o",
    elf,
    ...objects,
    ...(kind === "gcc" ? ["-lgcc"] : []),
  ];
}
