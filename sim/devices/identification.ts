/**
 * Identification and feature registers of the cores (TRMs, "System control": M3 Arm 100165 table 4-1, M4
 * DDI0439D table 4-1; M7 and M33 as in QEMU's target/arm/tcg/cpu-v7m.c, whose values for M3 and M4 differ
 * from the TRMs). Armv6-M and Armv8-M Baseline have CPUID only.
 *
 * @module
 */
import type { CpuState } from "../cpu/state.ts";
import type { Register, RegisterMap } from "./registers.ts";

/** CPUID of the revisions that chips carry most: M0 r0p0, M0+ r0p1, M3 r2p1, M4 r0p1, M7 r1p0, M23 r1p0, M33 r0p3. */
const CPUID: Readonly<Record<string, number>> = {
  "cortex-m0": 0x410c_c200,
  "cortex-m0plus": 0x410c_c601,
  "cortex-m3": 0x412f_c231,
  "cortex-m4": 0x410f_c241,
  "cortex-m7": 0x411f_c270,
  "cortex-m23": 0x411c_d200,
  "cortex-m33": 0x410f_d213,
};

/** ID_PFR0, ID_PFR1, ID_DFR0, ID_AFR0, ID_MMFR0 to 3, ID_ISAR0 to 4. */
const FEATURES: Readonly<Record<string, readonly number[]>> = {
  "cortex-m3": [
    0x0000_0030,
    0x0000_0200,
    0x0010_0000,
    0,
    0x0010_0030,
    0,
    0x0100_0000,
    0,
    0x0110_0110,
    0x0211_1000,
    0x2111_2231,
    0x0111_1110,
    0x0131_0132,
  ],
  "cortex-m4": [
    0x0000_0030,
    0x0000_0200,
    0x0010_0000,
    0,
    0x0010_0030,
    0,
    0x0100_0000,
    0,
    0x0114_1110,
    0x0211_2000,
    0x2123_2231,
    0x0111_1131,
    0x0131_0132,
  ],
  "cortex-m7": [
    0x0000_0030,
    0x0000_0200,
    0x0010_0000,
    0,
    0x0010_0030,
    0,
    0x0100_0000,
    0,
    0x0110_1110,
    0x0211_2000,
    0x2023_2231,
    0x0111_1131,
    0x0131_0132,
  ],
  // Without the Security Extension, hence ID_PFR1 0x200 and not 0x210.
  "cortex-m33": [
    0x0000_0030,
    0x0000_0200,
    0x0020_0000,
    0,
    0x0010_1f40,
    0,
    0x0100_0000,
    0,
    0x0110_1110,
    0x0221_2000,
    0x2023_2232,
    0x0111_1131,
    0x0131_0132,
  ],
};

function floatingPoint(cpu: CpuState): [number, number][] {
  if (!cpu.features.has("fp")) return [];
  const double = cpu.features.has("fp64");
  return [
    [0xf40, double ? 0x1011_0221 : 0x1011_0021],
    [0xf44, double ? 0x1200_0011 : 0x1100_0011],
    [0xf48, cpu.features.has("fp5") ? 0x40 : 0],
  ];
}

/**
 * Makes the registers, by offset in the system control space.
 *
 * @param cpu The core
 */
export function identification(cpu: CpuState): RegisterMap {
  const core: string = cpu.parts.core;
  const constants: [number, number][] = [
    [0xd00, CPUID[core] ?? 0],
    ...(FEATURES[core] ?? []).map((value, index): [number, number] => [0xd40 + index * 4, value]),
    ...floatingPoint(cpu),
  ];
  const registers = new Map<number, Register>(
    constants.map(([offset, value]) => [offset, { read: () => value }]),
  );
  // The Cortex-M33 has a CTR without caches; that of a Cortex-M7 belongs to its caches.
  if (core === "cortex-m33") registers.set(0xd7c, { read: () => 0x8000_c000 });
  return registers;
}
