import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { buildFor, type Peer, PEERS, runHere, runQemu } from "../qemu.ts";
import { MPU_PROGRAM, STACK_PROGRAM } from "./mpu_program.ts";

const QEMU = { tools: ["arm-none-eabi-gcc", "qemu-system-arm"] };
const SEED = Number(Deno.env.get("PINMAP_SEED") ?? 1);
const ROUNDS = Number(Deno.env.get("PINMAP_CASES") ?? 12);

function defines(peer: Peer): string[] {
  const { ram, code, mpuRegions, armv8 } = peer;
  return Object.entries({
    SCRATCH: ram + 0x20_0000,
    RAM: ram,
    CODE: code,
    REGIONS: mpuRegions,
    ARMV8: armv8 ? 1 : 0,
    SEED,
    ROUNDS,
  }).map(([name, value]) => `-D${name}=${value}u`);
}

for (const peer of PEERS) {
  need(
    QEMU,
    `The MPU of ${peer.core} faults as in QEMU: CFSR, MMFAR and BFAR of random probes`,
    () => {
      const elf = buildFor(peer, MPU_PROGRAM, defines(peer));
      try {
        const wanted = runQemu(peer, elf.path);
        assert(wanted.split("\n").length > ROUNDS * 5, wanted.slice(0, 500));
        for (const engine of ["interpreter", "translator"] as const) {
          assertEquals(runHere(peer, elf, { engine }).console(), wanted, engine);
        }
      } finally {
        elf.remove();
      }
    },
  );
}

for (const peer of PEERS) {
  need(QEMU, `Stacking and unstacking on closed memory faults as in QEMU on ${peer.core}`, () => {
    const elf = buildFor(peer, STACK_PROGRAM, defines(peer));
    try {
      const wanted = runQemu(peer, elf.path);
      assert(wanted.split("\n").length === 3, wanted.slice(0, 500));
      for (const engine of ["interpreter", "translator"] as const) {
        assertEquals(runHere(peer, elf, { engine }).console(), wanted, engine);
      }
    } finally {
      elf.remove();
    }
  });
}
