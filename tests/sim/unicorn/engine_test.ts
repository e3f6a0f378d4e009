import { assert, assertEquals } from "@std/assert";
import {
  createMachine,
  type EngineFactory,
  loadUnicorn,
  type Machine,
  parseElf,
} from "../../../sim/mod.ts";
import { findTool, need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { withLinked } from "../link.ts";
import { PROGRAMS } from "./programs.ts";

const NEEDS = { tools: ["arm-none-eabi-gcc", "libunicorn.so.2"] };

function unicorn(): Promise<EngineFactory> {
  return loadUnicorn({ source: "libunicorn", library: findTool("libunicorn.so.2") });
}

/** Everything that two engines must agree on. */
function everything(machine: Machine) {
  const names = ["sp", "lr", "pc", "xpsr", "control", "primask", "basepri", "fpscr"];
  const known = names.filter((name) => {
    try {
      machine.readRegister(name);
      return true;
    } catch {
      return false;
    }
  });
  return {
    registers: Array.from({ length: 13 }, (_, i) => machine.readRegister(`r${i}`)),
    special: known.map((name) => `${name} ${machine.readRegister(name).toString(16)}`),
    floats: [...machine.engine.floatRegisters],
    memory: machine.bus.windows.filter(({ access }) => access.write).map(({ origin, end }) =>
      machine.readBytes(origin, end - origin)
    ),
    console: machine.console(),
    counts: machine.counts(),
  };
}

for (const { name, core, fpu, program } of PROGRAMS) {
  need(NEEDS, `unicorn and interpreter agree on everything: ${name}`, async () => {
    const engine = await unicorn();
    withLinked(program, ({ bytes }) => {
      const board = testBoard({ cpu: { core, fpu, clockHz: 16_000_000, source: "test" } });
      const elf = parseElf(bytes, "program.elf");
      const reference = createMachine(board, elf, { engine: "interpreter" });
      const machine = createMachine(board, elf, { engine });
      const stops = [reference, machine].map((one) => one.run({ maxInstructions: 500_000 }));
      assertEquals(stops[1], stops[0]);
      assertEquals(stops[0]?.kind, "exit", JSON.stringify(stops[0]));
      assertEquals(everything(machine), everything(reference));
      assert(reference.counts().instructions > 500);
    });
  });
}
