import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  codeImage,
  createMachine,
  type Device,
  flipBit,
  InputError,
  loadBoard,
  type Machine,
  PinmapError,
  record,
  type Recording,
  replay,
} from "../../../sim/mod.ts";
import {
  BOARD,
  CALLS_SUM,
  callsMachine,
  eachEngine,
  interruptMachine,
  pollMachine,
} from "./programs.ts";

const DONE = { kind: "exit", code: 0 } as const;

/** Everything that a run can be told by. */
function everything(machine: Machine) {
  return {
    registers: [...machine.engine.registers],
    xpsr: machine.engine.xpsr,
    memory: machine.readBytes(0x2000_0000, 0x1_0000),
    counts: machine.counts(),
    console: machine.console(),
  };
}

eachEngine("a snapshot continues as often as one likes, with the same counts", (engine) => {
  const machine = callsMachine(engine);
  machine.run({ maxInstructions: 1001 });
  const middle = machine.snapshot();
  assertEquals(middle.instructions, 1001);
  const there = everything(machine);
  assertEquals(machine.run(), DONE);
  const end = everything(machine);
  for (let round = 0; round < 3; round++) {
    machine.restore(middle);
    assertEquals(everything(machine), there);
    assertEquals(machine.run(), DONE);
    assertEquals(everything(machine), end);
  }
  const plain = callsMachine(engine);
  plain.run();
  assertEquals(everything(plain), end);
});

eachEngine(
  "restore() brings back code, so that what was translated of other code is forgotten",
  (engine) => {
    const machine = callsMachine(engine);
    machine.run({ maxInstructions: 1001 });
    const middle = machine.snapshot();
    machine.write("add+2", 0x1a09, "u16"); // subs r1, r1, r0
    machine.run();
    assert(machine.read(0x2000_0000) !== CALLS_SUM);
    machine.restore(middle);
    assertEquals(machine.read("add+2", "u16"), 0x1809);
    assertEquals(machine.run(), DONE);
    assertEquals(machine.read(0x2000_0000), CALLS_SUM);
  },
);

eachEngine("a snapshot is not taken for another machine's, nor for other devices", (engine) => {
  const machine = callsMachine(engine);
  const snapshot = machine.snapshot();
  const error = assertThrows(() => callsMachine(engine).restore(snapshot), InputError);
  assertEquals(error.code, "E-SIM-SNAPSHOT");
  machine.attach({ ...port([]), name: "late" });
  assertThrows(() => machine.restore(snapshot), InputError, "late");
});

/** A port that has input now and then; its clock is the number of polls. */
function port(out: number[], pace = 7): Device {
  const text = [..."hello\n"].map((letter) => letter.charCodeAt(0));
  let polls = 0;
  let sent = 0;
  return {
    name: "port",
    origin: 0x4000_0000,
    length: 16,
    read: (offset) => offset === 0 ? (++polls % pace === 0 ? 1 : 0) : text[sent++] ?? 10,
    write: (_, __, value) => void out.push(value),
    save: () => [polls, sent],
    restore: (saved) => [polls = 0, sent = 0] = saved as number[],
  };
}

eachEngine("a snapshot covers devices that can be saved, and what is scheduled", (engine) => {
  const out: number[] = [];
  const machine = pollMachine(engine, port(out));
  let fired = 0;
  machine.at({ cycle: 350 }, () => void fired++);
  machine.run({ maxInstructions: 60 });
  const middle = machine.snapshot();
  const early = out.length;
  assertEquals(machine.run(), DONE);
  const first = everything(machine);
  assertEquals(String.fromCharCode(...out), "hello\n");
  machine.restore(middle);
  assertEquals(machine.run(), DONE);
  assertEquals(everything(machine), first);
  assertEquals(out.length, 6 + 6 - early);
  assertEquals(fired, 2);
});

eachEngine(
  "replay() repeats reads of devices and injected faults without the devices",
  (engine) => {
    const machine = pollMachine(engine, port([]));
    const recorder = record(machine);
    machine.at({ cycle: 300 }, () => flipBit(machine, 0x2000_0000, 5));
    machine.at({ cycle: 500 }, (one) => one.write(0x2000_1000, 7));
    assertEquals(machine.run(), DONE);
    const recording = JSON.parse(JSON.stringify(recorder.stop())) as Recording;
    const first = everything(machine);

    const dead: Device = {
      ...port([]),
      read: () => {
        throw new Error("the device must not be asked");
      },
    };
    const again = pollMachine(engine, dead);
    const session = replay(again, recording);
    assertEquals(again.run(), DONE);
    assertEquals(session.remaining(), 0);
    assertEquals(everything(again), first);
    assertEquals(String.fromCharCode(...again.readBytes(0x2000_0000, 6)), "Hello\n");
    session.stop();
    again.reset();
    assertThrows(() => again.run({ maxInstructions: 100 }), Error, "must not be asked");
  },
);

/** A timer of the outside world: asks for interrupt 3 at random moments, the handler's read ends it. */
function timer(machine: () => Machine): Device {
  return {
    name: "timer",
    origin: 0x4000_0000,
    length: 16,
    read: () => {
      machine().setInterrupt(3, false);
      return 0;
    },
    write: () => {},
  };
}

for (const engine of ["interpreter", "translator"] as const) {
  Deno.test(`setInterrupt() interrupts, replay() repeats it to the cycle (${engine})`, () => {
    const machine: Machine = interruptMachine(engine, timer(() => machine));
    const recorder = record(machine);
    const moments = [100, 1234, 1235, 2000, 7777, 9001];
    for (const cycle of moments) machine.at({ cycle }, (one) => one.setInterrupt(3, true));
    machine.run({ maxCycles: 12_000 });
    assert(machine.read(0x2000_0004) >= 5, `${machine.read(0x2000_0004)}`);
    const recording = recorder.stop();
    const inputs = recording.events.filter((event) => "input" in event);
    assertEquals(
      inputs.filter((event) => event.access !== undefined).length,
      machine.read(0x2000_0004),
    );

    for (const other of ["interpreter", "translator"] as const) {
      const again: Machine = interruptMachine(other, timer(() => again));
      const session = replay(again, recording);
      again.run({ maxCycles: 12_000 });
      assertEquals(session.remaining(), 0);
      assertEquals(everything(again), everything(machine));
    }
  });

  Deno.test(`an interrupt that a schedule brings wakes a sleeping core (${engine})`, () => {
    // main: ldr r1, =0xe000e100; movs r0, #8; str r0, [r1]; wfi; bkpt
    const code = [0x4902, 0x2008, 0x6008, 0xbf30, 0xe7fd, 0x4770, 0xe100, 0xe000];
    const image = codeImage(BOARD, code, { vectors: { 19: 10 }, symbols: { handler: 10 } });
    const machine = createMachine(BOARD, image, { engine });
    const recorder = record(machine);
    machine.at({ cycle: 5000 }, (one) => one.setInterrupt(3, true));
    machine.breakpoint("handler");
    assertEquals(machine.run(), { kind: "breakpoint", address: machine.addressOf("handler") });
    const { cycles, instructions } = machine.counts();
    assert(cycles >= 5000 && cycles < 5050 && instructions < 10, `${cycles} ${instructions}`);
    const again = createMachine(BOARD, image, { engine });
    replay(again, recorder.stop());
    again.runUntil("handler");
    assertEquals(again.counts(), machine.counts());
  });
}

eachEngine("replay() refuses another state and tells where it went apart", (engine) => {
  const machine = pollMachine(engine, port([]));
  const recorder = record(machine);
  assertThrows(() => record(machine), PinmapError, "a recording of this machine goes on");
  machine.run();
  const recording = recorder.stop();
  assertThrows(() => replay(machine, recording), InputError, "after 0 and 0");
  machine.reset();
  replay(machine, { ...recording, events: recording.events.slice(1) });
  const error = assertThrows(() => machine.run(), PinmapError);
  assertEquals(error.code, "E-SIM-REPLAY");
});

/** Runs on from a snapshot twice and from reset once: equal at the end, and at the snapshot. */
function assertContinues(machine: Machine, first: number, last: number): void {
  machine.run({ maxCycles: first });
  const middle = machine.snapshot();
  const there = everything(machine);
  machine.run({ maxCycles: last });
  const end = everything(machine);
  machine.restore(middle);
  assertEquals(everything(machine), there);
  machine.run({ maxCycles: last });
  assertEquals(everything(machine), end);
  machine.reset();
  machine.run({ maxCycles: last });
  assertEquals(everything(machine), end);
}

for (const engine of ["interpreter", "translator"] as const) {
  Deno.test(`a snapshot covers SysTick and what it has scheduled (${engine})`, () => {
    // SysTick every 98 cycles; the handler counts in [r4], the main loop in r5.
    // deno-fmt-ignore
    const code = [
      0x4807, 0x2161, 0x6041, 0x2107, 0x6001, 0xf04f, 0x5400, 0x2500, 0x6025, 0x3501, 0xe7fd,
      0x6822, 0x3201, 0x6022, 0x6065, 0x4770, 0xe010, 0xe000,
    ];
    const image = codeImage(BOARD, code, { vectors: { 15: 0x16 } });
    const machine = createMachine(BOARD, image, { engine });
    assertContinues(machine, 5000, 20_000);
    assert(machine.read(0x2000_0000) > 150);
  });

  Deno.test(`a snapshot covers the state of a timing model's cache (${engine})`, async () => {
    // Switches the data cache on, then reads and writes 16 KiB in strides of 36 bytes.
    // deno-fmt-ignore
    const code = [
      0x4808, 0x6801, 0xf441, 0x3180, 0x6001, 0xf3bf, 0x8f4f, 0x4c06, 0x2500, 0xf405, 0x567f,
      0x59a7, 0x197f, 0x51a7, 0xf105, 0x0524, 0xe7f7, 0x0000, 0xed14, 0xe000, 0x0000, 0x2001,
    ];
    const board = await loadBoard("stm32f746g-disco");
    const machine = createMachine(board, codeImage(board, code), {
      engine,
      timing: "cortex-m7-dcache-1",
    });
    assertContinues(machine, 5001, 60_000);
    assert(machine.counts().regions.some(({ read }) => read.cycles > 100));
  });
}
