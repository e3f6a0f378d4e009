import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { InputError, type Machine, PinmapError, type WatchHit } from "../../../sim/mod.ts";
import { CALLS_SUM, callsMachine, eachEngine, pollMachine } from "./programs.ts";

const DONE = { kind: "exit", code: 0 } as const;
const pc = (machine: Machine) => machine.readRegister("pc");

eachEngine("breakpoints by symbol and address stop before the instruction, each time", (engine) => {
  const machine = callsMachine(engine);
  const work = machine.addressOf("work");
  const first = machine.breakpoint("work");
  const second = machine.breakpoint(machine.addressOf("add") + 4);
  assertEquals(first.address, work);
  for (let round = 0; round < 100; round++) {
    assertEquals(machine.run(), { kind: "breakpoint", address: work });
    assertEquals([pc(machine), machine.readRegister("r5")], [work, round]);
    assertEquals(machine.run(), { kind: "breakpoint", address: second.address });
  }
  first.remove();
  second.remove();
  assertEquals(machine.run(), DONE);
  assertEquals(machine.read("main+0x20"), machine.read(machine.addressOf("main") + 0x20));
  assertEquals(machine.read(0x2000_0000), CALLS_SUM);
});

eachEngine("callbacks of breakpoints decide whether the run goes on", (engine) => {
  const machine = callsMachine(engine);
  const seen: number[] = [];
  machine.breakpoint("add", (one) => {
    seen.push(one.readRegister("r0"));
    return one.readRegister("r0") === 150;
  });
  assertEquals(machine.run().kind, "breakpoint");
  assertEquals(seen, Array.from({ length: 151 }, (_, i) => i));
  const counted = machine.counts();
  const plain = callsMachine(engine);
  plain.run({ maxInstructions: counted.instructions });
  assertEquals(machine.counts(), plain.counts(), "breakpoints change no count");
  assertEquals(machine.run(), DONE);
  assertEquals(seen.length, 200);
});

eachEngine("runUntil() stops at a symbol, a cycle, an instruction and a predicate", (engine) => {
  const machine = callsMachine(engine);
  assertEquals(machine.runUntil("work"), {
    kind: "breakpoint",
    address: machine.addressOf("work"),
  });
  assertEquals(machine.runUntil({ instruction: 100 }), { kind: "host", what: "instruction 100" });
  assertEquals(machine.counts().instructions, 100);
  assertEquals(machine.runUntil({ cycle: 1000 }), { kind: "host", what: "cycle 1000" });
  const { cycles } = machine.counts();
  assert(cycles >= 1000 && cycles < 1010, `${cycles}`);
  const holds = (one: Machine) => one.read(0x2000_0000) >= 5000;
  assertEquals(machine.runUntil(holds), { kind: "host", what: "predicate" });
  assert(machine.read(0x2000_0000) >= 5000 && machine.read(0x2000_0000) < 5200);
  const limited = machine.runUntil("main", { maxInstructions: 2500 });
  assertEquals(limited, { kind: "limit", what: "instructions" });
  assertEquals(machine.counts().instructions, 2500);
  assertEquals(machine.runUntil("main"), DONE);
});

eachEngine("step(), stepOver() and stepOut() move as a debugger's", (engine) => {
  const machine = callsMachine(engine);
  const at = (offset: number) => machine.addressOf("main") + offset;
  machine.step();
  assertEquals(pc(machine), at(4));
  machine.step(3);
  assertEquals(pc(machine), at(0xa));
  assertEquals(machine.stepOver(), { kind: "limit", what: "instructions" });
  assertEquals([pc(machine), machine.readRegister("r5")], [at(0xe), 0], "the call is one step");
  machine.runUntil("add");
  machine.step();
  assertEquals(machine.stepOut(), { kind: "host", what: "left the function" });
  assertEquals(pc(machine), at(0x24));
  machine.stepOut();
  assertEquals(pc(machine), at(0xe));
});

eachEngine("at() calls back at a cycle and an instruction, stop() ends the run", (engine) => {
  const machine = callsMachine(engine);
  const seen: string[] = [];
  const note = (what: string) => (one: Machine) => {
    const { instructions, cycles } = one.engine.count();
    seen.push(`${what} ${instructions} ${cycles >= 500}`);
  };
  machine.at({ instruction: 50 }, note("a"));
  machine.at({ cycle: 500 }, note("b"));
  machine.at({ instruction: 70 }, note("never")).cancel();
  machine.at({ instruction: 400 }, (one) => one.stop("enough"));
  assertEquals(machine.run(), { kind: "host", what: "enough" });
  assertEquals(machine.counts().instructions, 400);
  assertEquals(seen[0], "a 50 false");
  assertEquals(seen.length, 2);
  assert(seen[1]?.startsWith("b ") && seen[1].endsWith(" true"));
  machine.at({ cycle: 0 }, (one) => {
    assertThrows(() => one.run(), PinmapError, "from a callback");
    one.writeRegister("r5", 198);
  });
  assertEquals(machine.run(), DONE);
});

eachEngine("a breakpoint where a schedule has stopped the engine is not passed over", (engine) => {
  const machine = callsMachine(engine);
  machine.runUntil("add");
  const { instructions } = machine.counts();
  machine.reset();
  machine.at({ instruction: instructions }, () => {});
  machine.breakpoint("add");
  assertEquals(machine.run(), { kind: "breakpoint", address: machine.addressOf("add") });
  assertEquals(machine.counts().instructions, instructions);
});

eachEngine("watch() sees writes of a word, by value, with the instruction", (engine) => {
  const machine = callsMachine(engine);
  const watched = machine.watch(0x2000_0000, { value: 55 });
  const stop = machine.run();
  const hit: WatchHit = {
    address: 0x2000_0000,
    size: 4,
    access: "write",
    value: 55,
    pc: machine.addressOf("add") + 4,
  };
  assertEquals(stop, { kind: "watchpoint", hit });
  assertEquals(pc(machine), hit.pc + 2, "the run ends after the instruction");
  assertEquals(machine.read(0x2000_0000), 55);
  watched.remove();
  assertEquals(machine.run(), DONE);
  const plain = callsMachine(engine);
  plain.run();
  assertEquals(machine.counts(), plain.counts(), "watchpoints change no count");
});

eachEngine("watch() calls back for reads, ranges and regions", (engine) => {
  const machine = callsMachine(engine);
  const reads: number[] = [];
  machine.watch({ from: 0x2000_0001, length: 2 }, {
    on: "read",
    hit: ({ value, access }) => {
      assertEquals(access, "read");
      reads.push(value);
    },
  });
  let stores = 0;
  machine.watch({ region: "sram" }, { hit: () => void stores++ });
  machine.watch({ region: "extra" }, { on: "access" });
  assertEquals(machine.run(), DONE);
  assertEquals(reads.length, 200);
  assertEquals(reads[11], 55);
  const sram = machine.counts().regions.find(({ name }) => name === "sram");
  assertEquals(stores, sram?.write.accesses);
  assertEquals(
    assertThrows(() => machine.watch({ region: "flsh" }), InputError, "has flash").hints,
    ["did you mean flash?"],
  );
});

eachEngine(
  "a callback of a device can stop the run after the instruction, not run it",
  (engine) => {
    let polls = 0;
    const machine = pollMachine(engine, {
      name: "port",
      origin: 0x4000_0000,
      length: 16,
      read: () => {
        if (++polls === 100) machine.stop("port");
        assertThrows(() => machine.run(), PinmapError);
        assertThrows(() => machine.snapshot(), PinmapError, "an instruction is executing");
        assertThrows(
          () => machine.writeRegister("r0", 1),
          PinmapError,
          "an instruction is executing",
        );
        return 0;
      },
      write: () => {},
    });
    assertEquals(machine.run(), { kind: "host", what: "port" });
    assertEquals(pc(machine), machine.addressOf("next") + 2);
    assertEquals(polls, 100);
  },
);

eachEngine("registers are read and written by name", (engine) => {
  const machine = callsMachine(engine);
  machine.writeRegister("r7", -1);
  machine.writeRegister("SP", 0x2000_1003);
  machine.writeRegister("psp", 0x2000_2000);
  const read = (name: string) => machine.readRegister(name);
  assertEquals([read("r7"), read("r13"), read("msp"), read("psp")], [
    0xffff_ffff,
    0x2000_1000,
    0x2000_1000,
    0x2000_2000,
  ]);
  machine.writeRegister("control", 2);
  assertEquals([read("sp"), read("msp")], [0x2000_2000, 0x2000_1000]);
  machine.writeRegister("pc", machine.addressOf("work") | 1);
  machine.step();
  assertEquals(read("sp"), 0x2000_1ff8);
  assertEquals(machine.read(0x2000_1ffc), read("lr"));
  const error = assertThrows(() => read("r33"), InputError);
  assertEquals([error.code, error.hints], ["E-SIM-REGISTER", ["did you mean r3?"]]);
});

eachEngine("memory is read and written as numbers and bytes, code too", (engine) => {
  const machine = callsMachine(engine);
  machine.write(0x2000_0100, -2, "i16");
  assertEquals(machine.read(0x2000_0100, "i16"), -2);
  assertEquals(machine.read(0x2000_0100, "u16"), 0xfffe);
  machine.write(0x2000_0100, 1.5, "f64");
  assertEquals(machine.read(0x2000_0100, "f64"), 1.5);
  assertEquals([...machine.readBytes(0x2000_0106, 2)], [0xf8, 0x3f]);
  machine.runUntil("add");
  machine.run({ maxInstructions: 1200 });
  machine.write("add+2", 0x1a09, "u16"); // subs r1, r1, r0
  const [first, changed] = machine.disassemble("add", 2);
  assertEquals([first?.address, first?.size], [machine.addressOf("add"), 2]);
  assertMatch(changed?.text ?? "", /^subs?\s+r1, r1, r0$/);
  const before = machine.read(0x2000_0000);
  machine.runUntil("add");
  const r0 = machine.readRegister("r0");
  machine.step(3);
  assertEquals(machine.read(0x2000_0000), before - r0);
  assertThrows(() => machine.read(0x7000_0000), InputError, "is a region");
});

eachEngine("backtrace() names the calls that led to an instruction", (engine) => {
  const machine = callsMachine(engine);
  machine.runUntil("add+4");
  assertEquals(machine.backtrace().map((frame) => frame.function), [
    "add+0x4",
    "work+0x6",
    "loop+0x6",
  ]);
});
