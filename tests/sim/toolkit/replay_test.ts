import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Board,
  codeImage,
  createMachine,
  flipBit,
  flipRegisterBit,
  injectBusError,
  injectDelay,
  InputError,
  type Machine,
  record,
  type Recording,
  replay,
} from "../../../sim/mod.ts";
import { BOARD, eachEngine, interruptMachine } from "./programs.ts";

/** Sends back what a serial port receives. */
// deno-fmt-ignore
const ECHO = [
  0xf04f, 0x2440, //       mov.w r4, #0x40004000
  0x2003, 0x60a0, //       movs r0, #3; str r0, [r4, #8]
  0x6860,         // next: ldr r0, [r4, #4]
  0x0780, 0xd5fc, //       lsls r0, r0, #30; bpl next
  0x6821, 0x6021, //       ldr r1, [r4]; str r1, [r4]
  0xe7f9,         //       b next
];
const SERIAL: Board = {
  ...BOARD,
  uarts: [{ name: "uart0", kind: "cmsdk-apb-uart", origin: 0x4000_4000, source: "test" }],
};

eachEngine("receive() sends bytes to a serial port, replay() sends them again", (engine) => {
  const image = codeImage(SERIAL, ECHO);
  const machine = createMachine(SERIAL, image, { engine });
  const recorder = record(machine);
  machine.run({ maxCycles: 500 });
  machine.receive("uart0", Uint8Array.of(104, 105));
  machine.at({ cycle: 900 }, (one) => one.receive("uart0", Uint8Array.of(33)));
  machine.run({ maxCycles: 2000 });
  assertEquals(machine.consoles(), [{ name: "uart0", text: "hi!" }]);
  const error = assertThrows(() => machine.receive("uart1", new Uint8Array(1)), InputError);
  assertEquals([error.code, error.hints], ["E-SIM-DEVICE", ["devices that do: uart0"]]);

  const again = createMachine(SERIAL, image, { engine });
  const session = replay(again, JSON.parse(JSON.stringify(recorder.stop())) as Recording);
  again.run({ maxCycles: 2000 });
  assertEquals(session.remaining(), 0);
  assertEquals(again.consoles(), machine.consoles());
  assertEquals(again.counts(), machine.counts());
});

/** A line that the handler's read lowers; each read gives another number. */
function device(machine: () => Machine, seed: number) {
  let value = seed;
  return {
    name: "line",
    origin: 0x4000_0000,
    length: 4,
    read: () => {
      machine().setInterrupt(3, false);
      return value = (value * 1103515245 + 12345) >>> 0;
    },
    write: () => {},
  };
}

const MOMENT = fc.record({
  cycle: fc.integer({ min: 0, max: 6000 }),
  what: fc.constantFrom("interrupt", "memory", "register", "delay", "write"),
  number: fc.nat(1000),
});

function act(machine: Machine, { what, number }: { what: string; number: number }): void {
  switch (what) {
    case "interrupt":
      machine.setInterrupt(3, true);
      break;
    case "memory":
      flipBit(machine, 0x2000_0000 + number % 8, number % 8);
      break;
    case "register":
      flipRegisterBit(machine, "r3", number % 32);
      break;
    case "delay":
      injectDelay(machine, { from: 0x2000_0000, length: 4 }, number % 20);
      break;
    default:
      machine.write(0x2000_0000, number);
  }
}

function outcome(machine: Machine) {
  return {
    counts: machine.counts(),
    registers: [...machine.engine.registers],
    memory: machine.readBytes(0x2000_0000, 64),
    stack: machine.readBytes(0x2000_ff80, 128),
  };
}

Deno.test("a recording of any inputs on one engine is the same run on the other", () => {
  fc.assert(
    fc.property(
      fc.array(MOMENT, { maxLength: 12 }),
      fc.nat(),
      fc.boolean(),
      (moments, seed, swap) => {
        const [first, second] = swap
          ? ["translator", "interpreter"] as const
          : ["interpreter", "translator"] as const;
        const machine: Machine = interruptMachine(first, device(() => machine, seed));
        const recorder = record(machine);
        for (const moment of moments) {
          machine.at(
            { cycle: moment.cycle },
            (one) => act(one, moment),
          );
        }
        machine.run({ maxCycles: 7000 });
        const again: Machine = interruptMachine(second, device(() => again, 0));
        const session = replay(again, recorder.stop());
        again.run({ maxCycles: 7000 });
        assertEquals(session.remaining(), 0);
        assertEquals(outcome(again), outcome(machine));
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a recording made of one run replays when the run is cut into pieces", () => {
  const machine: Machine = interruptMachine("translator", device(() => machine, 1));
  const recorder = record(machine);
  for (const cycle of [300, 301, 2000]) machine.at({ cycle }, (one) => one.setInterrupt(3, true));
  machine.at({ cycle: 2500 }, () => injectBusError(machine, 0x2000_0000, { access: ["write"] }));
  const stop = machine.run({ maxCycles: 7000 });
  assert(stop.kind === "fault" && stop.fault.cause === "bus-error", JSON.stringify(stop));
  const again: Machine = interruptMachine("translator", device(() => again, 9));
  replay(again, recorder.stop());
  while (again.step(7).kind === "limit") again.runUntil({ cycle: again.counts().cycles + 50 });
  assertEquals(outcome(again), outcome(machine));
});
