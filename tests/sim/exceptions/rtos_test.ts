/**
 * A small preemptive kernel with two threads, SysTick, PendSV and SVC, with floating-point contexts on the
 * Cortex-M4F and M7: it prints the same as in QEMU, and both engines take the same cycles. On Armv8-M it
 * prints what it prints on a Cortex-M3.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { inQemu, machineFor, NEEDS, TARGETS, withProgram } from "./programs.ts";

async function onCortexM3(): Promise<string> {
  let text = "";
  await withProgram("rtos.c", TARGETS.m3, [], (path) => {
    text = inQemu(path, TARGETS.m3);
    return Promise.resolve();
  });
  return text;
}

for (const [name, target] of Object.entries(TARGETS)) {
  need(NEEDS, `a kernel with two threads runs as in QEMU on ${target.core}`, async () => {
    await withProgram("rtos.c", target, [], async (path) => {
      const expected = target.qemu === undefined ? await onCortexM3() : inQemu(path, target);
      assert(expected.endsWith("switched\nticked\nyielded\npreempted\n"), `${name}: ${expected}`);
      const seen = [];
      for (const engine of ["interpreter", "translator"] as const) {
        const machine = await machineFor(path, target, engine);
        const stop = machine.run({ maxInstructions: 50_000_000 });
        assertEquals(stop, { kind: "exit", code: 0 }, engine);
        assertEquals(machine.console(), expected, engine);
        const counts = machine.counts();
        assert(counts.sleepCycles > 0, "a thread has slept");
        seen.push(counts);
      }
      assertEquals(seen[0], seen[1]);
    });
  });
}
