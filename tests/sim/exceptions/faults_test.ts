/**
 * A program that provokes each fault and prints what its handlers see: status and address registers,
 * EXC_RETURN, stacked PC and xPSR. Equal to QEMU 7.2, except where QEMU is known to be wrong.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { inQemu, machineFor, NEEDS, TARGETS, withProgram } from "./programs.ts";

/**
 * Lines in which QEMU 7.2 differs, and what the architecture says (DDI 0403).
 *
 * - CCR.UNALIGN_TRP: QEMU stores the bit and traps nothing (B3.2.8: unaligned word and halfword accesses
 *   fault as UNALIGNED).
 * - A frame whose IPSR is not 0, returned to Thread mode: PushStack in ExceptionReturn runs with
 *   CurrentMode Thread and SPSEL 1, so it restores the frame on the process stack (B1.5.8). QEMU decides
 *   by the IPSR that it has just loaded and pushes onto the main stack, while EXC_RETURN says process stack.
 */
const QEMU_IS_WRONG: Readonly<Record<string, string>> = {
  "unaligned word":
    "exc=00000006 cfsr=01000000 hfsr=00000000 lr=fffffffd active=00000008 pc=* xpsr=01000000",
  "unaligned halfword":
    "exc=00000003 cfsr=01000000 hfsr=40000000 lr=fffffffd active=00000000 pc=* xpsr=01000000",
  "frame of a handler, return to Thread mode":
    "exc=00000006 cfsr=00040000 hfsr=00000000 lr=fffffffd active=00000008 pc=* xpsr=0100000b",
};

/** QEMU 7.2 never faults on this one, nor does it come back: it is compared with the manual alone. */
const FETCH =
  "fetch from nowhere exc=00000005 cfsr=00000100 hfsr=00000000 lr=fffffffd active=00000002 " +
  "pc=18000000 xpsr=01000000";

function corrected(line: string): string {
  const name = Object.keys(QEMU_IS_WRONG).find((start) => line.startsWith(`${start} `));
  return name === undefined ? line : `${name} ${QEMU_IS_WRONG[name]}`;
}

/** The place of those lines is the compiler's affair. */
function comparable(line: string): string {
  const known = Object.keys(QEMU_IS_WRONG).some((start) => line.startsWith(`${start} `));
  return known ? line.replace(/(offset|pc)=[0-9a-f]{8}/, "pc=*") : line;
}

for (const target of [TARGETS.m3, TARGETS.m4, TARGETS.m7]) {
  need(NEEDS, `each fault is taken as in QEMU on ${target.core}`, async () => {
    await withProgram("faults.c", target, ["-DWITHOUT_FETCH"], async (path) => {
      const expected = inQemu(path, target).trim().split("\n").map(corrected);
      for (const engine of ["interpreter", "translator"] as const) {
        const machine = await machineFor(path, target, engine);
        assertEquals(machine.run({ maxInstructions: 1e6 }), { kind: "exit", code: 0 });
        assertEquals(machine.console().trim().split("\n").map(comparable), expected, engine);
      }
    });
    await withProgram("faults.c", target, [], async (path) => {
      const machine = await machineFor(path, target, "interpreter");
      machine.run({ maxInstructions: 1e6 });
      const line = machine.console().split("\n").find((one) =>
        one.startsWith("fetch from nowhere")
      );
      assertEquals(line, FETCH);
    });
  });
}
