/**
 * Short programs on both engines: what translation costs before it pays. Each run is a process of its
 * own, as on the command line; prints milliseconds of `run` alone, by the wall clock and of the
 * processor (all threads of the process), the median of `RUNS` (5). Never a test.
 *
 * `deno task bench:short`
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { loadBoard } from "../../src/board/mod.ts";
import { createMachine, type EngineName, parseElf } from "../../sim/mod.ts";
import { build, type Library } from "../programs/build.ts";
import { manyFunctions } from "./short/many_functions.ts";

const BOARD = "mps2-an386";
const ENGINES: readonly EngineName[] = ["interpreter", "translator"];

/** What one process measured. */
interface Run {
  readonly instructions: number;
  readonly cycles: number;
  readonly wall: number;
  readonly cpu: number;
}

/** Processor time of this process and its threads, ms. */
function cpuTime(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13)
    .map(Number);
  return (user + system) * 10;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function runOnce(elf: string, engine: EngineName): Promise<Run> {
  const machine = createMachine(
    await loadBoard(BOARD),
    parseElf(Deno.readFileSync(elf), elf),
    { engine },
  );
  const [cpu, wall] = [cpuTime(), performance.now()];
  const stop = machine.run({ maxInstructions: 1e9 });
  const run = { wall: performance.now() - wall, cpu: cpuTime() - cpu };
  if (stop.kind !== "exit") throw new Error(`${elf} stopped with ${JSON.stringify(stop)}`);
  const { instructions, cycles } = machine.counts();
  return { instructions, cycles, ...run };
}

function measure(elf: string, engine: EngineName): Run {
  const { stdout, stderr, success } = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL(import.meta.url).pathname, elf, engine],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function main(): Promise<void> {
  const board = await loadBoard(BOARD);
  const folder = Deno.makeTempDirSync();
  try {
    const programs: [string, string][] = [];
    const specs: [Library, string][] = [["newlib", "-O2"], ["newlib-nano", "-Os"], [
      "picolibc",
      "-O3",
    ]];
    for (const [library, level] of specs) {
      const elf = build(board, library, folder, ["library.c", "objects.cpp"], [level]);
      programs.push([`C library, ${library}`, elf]);
    }
    for (const rounds of [1, 4, 16, 64]) {
      const at = `${folder}/${rounds}`;
      Deno.mkdirSync(at);
      const source = `${at}/many.c`;
      Deno.writeTextFileSync(source, manyFunctions(150, rounds));
      programs.push([`150 functions, ${rounds} rounds`, build(board, "newlib", at, [source])]);
    }
    console.log(
      "program                          M instr.   wall: int  transl.  ratio     CPU: int  transl.  ratio",
    );
    for (const [name, elf] of programs) {
      const runs = new Map<EngineName, Run[]>();
      for (let round = 0; round < Number(Deno.env.get("RUNS") ?? 5); round++) {
        for (const engine of ENGINES) {
          runs.set(engine, [...runs.get(engine) ?? [], measure(elf, engine)]);
        }
      }
      const [first] = runs.get("interpreter") ?? [];
      const of = (engine: EngineName, what: "wall" | "cpu"): number =>
        median((runs.get(engine) ?? []).map((run) => run[what]));
      const texts = (["wall", "cpu"] as const).map((what) => {
        const [interpreter = 0, translator = 0] = ENGINES.map((engine) => of(engine, what));
        const ratio = translator / interpreter;
        return [interpreter.toFixed(0), translator.toFixed(0), ratio.toFixed(2)]
          .map((text) => text.padStart(8)).join(" ");
      });
      const millions = ((first?.instructions ?? 0) / 1e6).toFixed(2);
      console.log(`${name.padEnd(30)} ${millions.padStart(10)}   ${texts.join("   ")}`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const [elf, engine] = Deno.args;
if (elf === undefined) await main();
else {
  const run = await runOnce(elf, engine === "translator" ? "translator" : "interpreter");
  console.log(JSON.stringify(run));
}
