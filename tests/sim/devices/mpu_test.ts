import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { createMachine, parseElf } from "../../../sim/mod.ts";
import { boardOf, buildFor, type Peer, PEERS, runHere, runQemu } from "../qemu.ts";
import { MPU_PROGRAM, STACK_PROGRAM } from "./mpu_program.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };
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

need(GCC, "A snapshot in the middle of protected code goes on as the run did", () => {
  const [peer] = PEERS;
  assert(peer !== undefined);
  const elf = buildFor(peer, MPU_PROGRAM, defines(peer));
  try {
    for (const engine of ["interpreter", "translator"] as const) {
      const machine = createMachine(boardOf(peer), parseElf(elf.bytes, "mpu.elf"), {
        engine,
        faults: "vector",
      });
      const protectedAt = () => {
        let instructions = 0;
        const isOn = () => {
          const mpu = machine.snapshot().parts.get("mpu") as { control: number } | undefined;
          return ((mpu?.control ?? 0) & 1) === 1;
        };
        while (!isOn()) machine.run({ maxInstructions: instructions += 50_000 });
        return instructions;
      };
      const instructions = protectedAt();
      const snapshot = machine.snapshot();
      const finish = () => {
        assertEquals(machine.run({ maxInstructions: 10_000_000 }), { kind: "exit", code: 0 });
        return [machine.console(), machine.counts()];
      };
      const first = finish();
      machine.restore(snapshot);
      assertEquals(finish(), first);
      machine.reset();
      machine.run({ maxInstructions: instructions + 5000 });
      machine.restore(snapshot);
      assertEquals(finish(), first);
    }
  } finally {
    elf.remove();
  }
});
