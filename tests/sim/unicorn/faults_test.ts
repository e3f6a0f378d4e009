import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { codeImage, createMachine, type EngineFactory, type Machine } from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { unicorn } from "../toolkit/programs.ts";

const NEEDS = { tools: ["libunicorn.so.2"] };

function machineOf(code: readonly number[], engine: EngineFactory | "interpreter"): Machine {
  const board = testBoard();
  return createMachine(board, codeImage(board, code), { engine, faults: "report" });
}

/** Programs that fault; both engines must report the same of them. */
// deno-fmt-ignore
const FAULTS: Readonly<Record<string, readonly number[]>> = {
  "a read where there is nothing": [0xf04f, 0x40c0, 0x6841], // ldr r1, [0x6000_0004]
  "a write to flash": [0xf04f, 0x6000, 0x6041], // str r1, [0x0800_0004]
  "a jump to data that cannot be executed": [0xf04f, 0x5000, 0xf040, 0x0001, 0x4700],
  "a call to where there is nothing": [0xf04f, 0x40a0, 0xf040, 0x0001, 0x4780],
  "an undefined instruction": [0x2000, 0xde03], // udf #3
  "a jump without the Thumb bit": [0xf04f, 0x6000, 0x4700], // bx 0x0800_0000
  "a trapped division by zero": [
    0x4804, 0x6801, 0xf041, 0x0110, 0x6001, 0x2200, 0xfb91, 0xf3f2, 0xe7fe, 0, 0xed14, 0xe000,
  ],
  "a breakpoint instruction": [0xbe01],
  "a floating-point instruction before the FPU is on": [0xee00, 0x0a10], // vmov s0, r0
};

for (const [name, code] of Object.entries(FAULTS)) {
  need(NEEDS, `unicorn and interpreter report the same of ${name}`, async () => {
    const machines = [machineOf(code, "interpreter"), machineOf(code, await unicorn())] as const;
    const [expected, actual] = machines.map((machine) => machine.run({ maxInstructions: 100 }));
    assertEquals(expected?.kind, "fault");
    assertEquals(actual, expected);
    const [reference, machine] = machines;
    assertEquals([...machine.engine.registers], [...reference.engine.registers]);
    assertEquals(machine.counts(), reference.counts());
  });
}

need(
  NEEDS,
  "unicorn reads aliases, unaligned words and what an alias's region was given",
  async () => {
    // deno-fmt-ignore
    const code = [
    0x4806, 0x4907, 0x6802, 0x680b, 0xf04f, 0x5400, 0xf8d4, 0x5002, 0xf8c4, 0x2006, 0xf8b4, 0x6007,
    0xe7fe, 0, 0x0100, 0x0020, 0x0100, 0x0800,
  ];
    const machines = [machineOf(code, "interpreter"), machineOf(code, await unicorn())] as const;
    for (const machine of machines) {
      machine.write(0x0800_0100, 0x1234_5678);
      machine.run({ maxInstructions: 12 });
      assertEquals([machine.readRegister("r2"), machine.readRegister("r3")], [
        0x1234_5678,
        0x1234_5678,
      ]);
    }
    const [reference, machine] = machines;
    assertEquals([...machine.engine.registers], [...reference.engine.registers]);
    assertEquals(machine.counts(), reference.counts());
  },
);

need(NEEDS, "unicorn passes over hints and barriers", async () => {
  // yield; nop; sev; dsb; isb; b .
  const code = [0xbf10, 0xbf00, 0xbf40, 0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f, 0xe7fe];
  const machines = [machineOf(code, "interpreter"), machineOf(code, await unicorn())] as const;
  const [expected, actual] = machines.map((machine) => {
    machine.run({ maxInstructions: 8 });
    return machine.counts();
  });
  assertEquals(actual, expected);
});

need(NEEDS, "unicorn counts instructions that an IT block passes over", async () => {
  // cmp r0, #0; itet ne; movne; moveq; movne; itt eq; moveq; moveq; b .
  const code = [0x2800, 0xbf16, 0x2101, 0x2102, 0x2203, 0xbf04, 0x2304, 0x2405, 0xe7fe];
  const engine = await unicorn();
  for (const value of [0, 1]) {
    const machines = [machineOf(code, "interpreter"), machineOf(code, engine)] as const;
    for (const machine of machines) {
      machine.writeRegister("r0", value);
      machine.run({ maxInstructions: 9 });
    }
    const [reference, machine] = machines;
    assertEquals(machine.counts(), reference.counts());
    assertEquals([...machine.engine.registers], [...reference.engine.registers]);
    // Inside the block as well: from each stop it goes on as if it had not been stopped.
    machine.reset();
    machine.writeRegister("r0", value);
    while (machine.counts().instructions < 9) machine.step();
    assertEquals([...machine.engine.registers], [...reference.engine.registers]);
    assertEquals(machine.counts(), reference.counts());
  }
});

/** Programs that need exceptions. */
// deno-fmt-ignore
const UNSUPPORTED: Readonly<Record<string, readonly [code: readonly number[], why: string]>> = {
  "a supervisor call": [[0xdf00], "svc needs exceptions"],
  "sleeping": [[0xbf30], "wfi needs exceptions"],
  "a pending exception": [
    [0x4802, 0xf04f, 0x5180, 0x6001, 0xbf00, 0xe7fe, 0xed04, 0xe000],
    "exception 14 has to be taken",
  ],
};

for (const [name, [code, why]] of Object.entries(UNSUPPORTED)) {
  need(NEEDS, `unicorn ends the run at ${name} and says that it cannot`, async () => {
    const machine = machineOf(code, await unicorn());
    const stop = machine.run({ maxInstructions: 100 });
    assert(stop.kind === "fault", JSON.stringify(stop));
    assertEquals(stop.fault.cause, "unsupported-by-engine");
    assertStringIncludes(stop.fault.message, why);
    assertStringIncludes(machine.notes().join("\n"), "unicorn counts from its hooks");
  });
}
