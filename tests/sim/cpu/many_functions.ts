/**
 * A program of thousands of small functions that are all hot, and what it leaves behind: run by
 * `code_changes_test.ts` in a process with `--v8-flags=--expose-gc`. Prints, as JSON, how many units
 * were compiled, how many are still held after a collection, and whether both engines agree.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- its output is its result
import { createBus } from "../../../sim/memory/mod.ts";
import { createInterpreter } from "../../../sim/cpu/mod.ts";
import { timingFor } from "../../../sim/timing/mod.ts";
import { testBoard } from "../boards.ts";
import { assemble } from "./testbench.ts";

const FUNCTIONS = Number(Deno.args[0] ?? 6000);
const PASSES = Number(Deno.args[1] ?? 8);
const MAIN = 0x0800_0400;
const CODE = 0x0800_1000;
const SIZE = 12;

/** For each pass: calls function after function. */
const main = [0x463c, 0x4645, 0x47a0, 0x3400 | SIZE, 0x3d01, 0xd1fb, 0x3e01, 0xd1f7, 0xbeab];
const functions = Array.from({ length: FUNCTIONS }, (_, i) => // MOVS r1, #i; ADDS r0, r0, r1; EORS r1, r0; LSLS or ADDS by i; BX lr; NOP
[0x2100 | (i & 0xff), 0x1840, 0x4041, i & 1 ? 0x0040 : 0x3000 | (i >> 5), 0x4770, 0xbf00]);

function machine(translated: boolean) {
  const board = testBoard({
    cpu: { core: "cortex-m4", fpu: "none", clockHz: 1e6, source: "" },
  });
  const bus = createBus(board, [], { translation: translated });
  const engine = createInterpreter({
    ...{ core: "cortex-m4", fpu: "none", bus, translation: bus.translation },
    timing: timingFor(board.cpu),
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: (address) => address < CODE ? 0 : 1 + Math.floor((address - CODE) / SIZE),
    functionNames: Array.from({ length: FUNCTIONS + 1 }, (_, i) => `f${i}`),
  }, { hotAfter: 3 });
  bus.hostWrite(0x0800_0000, new Uint8Array(Uint32Array.of(0x2001_2000, MAIN | 1).buffer));
  bus.hostWrite(MAIN, assemble(...main));
  bus.hostWrite(CODE, assemble(...functions.flat()));
  engine.reset(0x0800_0000);
  engine.registers.set([0, 0, 0, 0, 0, 0, PASSES, CODE | 1, FUNCTIONS]);
  return () => {
    const stop = engine.run({ maxInstructions: 100 * FUNCTIONS * PASSES });
    const seen = [stop, [...engine.registers], engine.count(), bus.counts(), engine.functions()];
    return JSON.stringify(seen);
  };
}

/** What a unit holds of its module. */
const compiled: WeakRef<WebAssembly.ExportValue & object>[] = [];
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args: [WebAssembly.Module, WebAssembly.Imports]) {
    const instance = new target(...args);
    const unit = instance.exports["f"];
    if (unit !== undefined) compiled.push(new WeakRef(unit));
    return instance;
  },
});
const run = machine(true);
const translated = run();
const held = (): number => compiled.filter((unit) => unit.deref() !== undefined).length;
// What a WeakRef was created or read for stays alive until the job ends.
await new Promise((resolve) => setTimeout(resolve, 0));
(globalThis as unknown as { gc: () => void }).gc();
await new Promise((resolve) => setTimeout(resolve, 0));
const kept = held();
const equal = machine(false)() === translated;
console.log(JSON.stringify({ compiled: compiled.length, kept, equal }));
