import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type EngineFactory,
  type EngineName,
  flipBit,
  flipRegisterBit,
  injectBusError,
  injectDelay,
  InputError,
} from "../../../sim/mod.ts";
import { CALLS_SUM, callsMachine, eachEngine, unicorn } from "./programs.ts";
import { need } from "../../support/need.ts";

const DONE = { kind: "exit", code: 0 } as const;

eachEngine("flipBit() turns over a bit of data and of code, at a cycle", (engine) => {
  const machine = callsMachine(engine);
  // Where the loop begins: a word that has been loaded would be stored over the flipped one.
  machine.at({ instruction: 3 + 50 * 14 }, () => flipBit(machine, 0x2000_0000, 17));
  assertEquals(machine.run(), DONE);
  assertEquals(machine.read(0x2000_0000), CALLS_SUM + (1 << 17));
  machine.reset();
  // `adds r1, r1, r0` (0x1809) becomes `subs` (0x1a09) after 100 calls.
  machine.at({ instruction: 4 + 1500 }, () => flipBit(machine, "add+3", 1));
  assertEquals(machine.run(), DONE);
  assertEquals(machine.read("add+2", "u16"), 0x1a09);
  assert(machine.read(0x2000_0000) !== CALLS_SUM);
  assertThrows(() => flipBit(machine, 0x2000_0000, 32), InputError, "needs 0 to 7");
});

eachEngine("flipRegisterBit() turns over a bit of a register", (engine) => {
  const machine = callsMachine(engine);
  machine.at({ instruction: 3 }, () => flipRegisterBit(machine, "r5", 7));
  assertEquals(machine.run(), DONE);
  assertEquals(machine.read(0x2000_0000), CALLS_SUM - 127 * 128 / 2);
});

eachEngine(
  "injectBusError() refuses accesses of a range from a moment on, until removed",
  (engine) => {
    const machine = callsMachine(engine);
    machine.run({ maxInstructions: 1000 });
    const broken = injectBusError(machine, 0x2000_0004, { access: ["write"] });
    const stop = machine.run();
    assert(stop.kind === "fault", JSON.stringify(stop));
    const { exception, cause, address, access, pc, region } = stop.fault;
    assertEquals([exception, cause, address, access, region], [
      "BusFault",
      "bus-error",
      0x2000_0004,
      "write",
      "sram",
    ]);
    assertEquals(pc, machine.addressOf("work") + 6);
    assertEquals(machine.readRegister("pc"), pc, "the instruction has not been executed");
    broken.remove();
    assertEquals(machine.run(), DONE);
    assertEquals(machine.read(0x2000_0000), CALLS_SUM);
  },
);

eachEngine("injectBusError() on loads leaves the registers as they were", (engine) => {
  const machine = callsMachine(engine);
  machine.runUntil("add");
  machine.writeRegister("r1", 0x1234);
  injectBusError(machine, { region: "sram" }, { access: ["read"] });
  const stop = machine.run();
  assertEquals(stop.kind, "fault");
  assertEquals([machine.readRegister("r1"), machine.readRegister("pc")], [
    0x1234,
    machine.addressOf("add"),
  ]);
});

eachEngine("injectDelay() makes accesses wait, for the region's account", (engine) => {
  const plain = callsMachine(engine);
  plain.run();
  const before = plain.counts();
  const machine = callsMachine(engine);
  const slow = injectDelay(machine, 0x2000_0004, 10, { access: ["write"] });
  injectDelay(machine, { region: "flash" }, 3, { access: ["fetch"] });
  assertEquals(machine.run(), DONE);
  const after = machine.counts();
  const flash = before.regions[0]?.fetch;
  assertEquals(after.regions[1]?.write, {
    ...before.regions[1]?.write,
    cycles: (before.regions[1]?.write.cycles ?? 0) + 200 * 10,
  });
  assertEquals(after.regions[0]?.fetch.cycles, (flash?.cycles ?? 0) + 3 * (flash?.accesses ?? 0));
  assertEquals(after.instructions, before.instructions);
  slow.remove();
  assertThrows(() => injectDelay(machine, { region: "sram" }, -1), InputError, "needs 0 to");
});

async function outcome(engine: EngineName | EngineFactory) {
  const machine = callsMachine(engine);
  machine.at({ cycle: 2000 }, () => injectDelay(machine, { from: 0x2000_0000, length: 8 }, 100));
  machine.at({ cycle: 9000 }, () => flipRegisterBit(machine, "r4", 3));
  machine.at({ cycle: 20_000 }, () => injectBusError(machine, { region: "sram" }));
  const stop = machine.run();
  return await Promise.resolve([stop, machine.counts(), [...machine.engine.registers]]);
}

need(
  { tools: ["libunicorn.so.2"] },
  "injected faults have the same outcome on all engines",
  async () => {
    const reference = await outcome("interpreter");
    assertEquals(await outcome("translator"), reference);
    assertEquals(await outcome(await unicorn()), reference);
  },
);
