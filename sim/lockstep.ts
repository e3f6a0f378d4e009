/**
 * Runs one program on two machines side by side and finds the first instruction after which they differ:
 * the way to look for a defect of an engine.
 *
 * @module
 */
import { formatAddress } from "../src/base/units.ts";
import { symbolAt } from "./elf/mod.ts";
import type { Machine, RunLimits } from "./machine.ts";
import type { StopReason } from "./types.ts";

/** One thing that differs. */
export interface LockstepDifference {
  /** What: `r3`, `cycles`, `reads of flash`, `byte 0x2000_0010`, `stop`. */
  readonly what: string;
  /** On the first machine. */
  readonly first: string;
  /** On the second one. */
  readonly second: string;
}

/** What came of it. */
export interface Lockstep {
  /** True if nothing differed. */
  readonly equal: boolean;
  /** Instructions until the end of the program or limit; until the first difference, if there is one. */
  readonly instructions: number;
  /** Why the run ended, on the first machine. */
  readonly stop: StopReason;
  /** Address of the instruction behind which the difference is seen. */
  readonly pc?: number | undefined;
  /** Its function, with offset. */
  readonly function?: string | undefined;
  /** What differs there; empty if nothing does. */
  readonly differences: readonly LockstepDifference[];
}

const STRIDE = 1 << 22;
const MOST_DIFFERENCES = 20;

function visible(machine: Machine): Map<string, string> {
  const { engine } = machine;
  const counts = machine.counts();
  const seen = new Map<string, string>();
  engine.registers.forEach((value, number) => seen.set(`r${number}`, formatAddress(value >>> 0)));
  seen.set("cycles", String(counts.cycles));
  seen.set("core cycles", String(counts.coreCycles));
  seen.set("sleep cycles", String(counts.sleepCycles));
  seen.set("instructions", String(counts.instructions));
  for (const region of counts.regions) {
    for (const kind of ["fetch", "read", "write"] as const) {
      const { accesses, bytes, cycles } = region[kind];
      const text = `${accesses} accesses, ${bytes} B, ${cycles} wait cycles`;
      seen.set(`${kind} of ${region.name}`, text);
    }
  }
  for (const { name, cycles, instructions } of counts.functions) {
    seen.set(`function ${name}`, `${cycles} cycles, ${instructions} instructions`);
  }
  seen.set("console", JSON.stringify(machine.console()));
  return seen;
}

function memoryDifferences(first: Machine, second: Machine): LockstepDifference[] {
  for (const { origin, length } of first.board.regions) {
    const a = first.bus.hostRead(origin, length);
    const b = second.bus.hostRead(origin, length);
    for (let at = 0; at < length; at++) {
      if (a[at] === b[at]) continue;
      const what = `byte ${formatAddress(origin + at)}`;
      return [{ what, first: String(a[at]), second: String(b[at]) }];
    }
  }
  return [];
}

function differencesOf(
  machines: readonly [Machine, Machine],
  stops: readonly [StopReason, StopReason],
): LockstepDifference[] {
  const [a, b] = machines.map(visible) as [Map<string, string>, Map<string, string>];
  const result: LockstepDifference[] = [];
  const [first, second] = stops.map((stop) => JSON.stringify(stop)) as [string, string];
  if (first !== second) result.push({ what: "stop", first, second });
  for (const what of new Set([...a.keys(), ...b.keys()])) {
    const [first = "absent", second = "absent"] = [a.get(what), b.get(what)];
    if (first !== second) result.push({ what, first, second });
  }
  return [...result, ...memoryDifferences(...machines)].slice(0, MOST_DIFFERENCES);
}

/**
 * Compares two machines with the same program. Both are reset. They run in strides; after the first
 * stride with a difference the place is found by halving, so a difference that vanishes again within
 * a stride is not seen.
 *
 * @param machines Two machines of the same board and program, e.g. with different engines
 * @param limits When to give up; without a limit a program that does not end runs forever. A run that is
 *   interrupted gives what was equal until then; a difference that has been seen is traced all the same
 * @returns The first difference, or that there is none
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createMachine, type ElfImage, lockstep } from "./mod.ts";
 * import type { Board } from "../src/board/types.ts";
 *
 * function sameOnBothEngines(board: Board, elf: ElfImage): boolean {
 *   const interpreter = createMachine(board, elf, { engine: "interpreter" });
 *   const translator = createMachine(board, elf, { engine: "translator" });
 *   return lockstep([interpreter, translator], { maxInstructions: 1e9 }).equal;
 * }
 * assertEquals(typeof sameOnBothEngines, "function");
 * ```
 */
export function lockstep(machines: readonly [Machine, Machine], limits: RunLimits = {}): Lockstep {
  const most = limits.maxInstructions ?? Infinity;
  const runTo = (
    instructions: number,
    interrupted?: RunLimits["interrupted"],
  ): readonly [StopReason, StopReason] => {
    const stops = machines.map((machine) =>
      machine.run({ ...limits, maxInstructions: Math.min(instructions, most), interrupted })
    );
    return stops as unknown as readonly [StopReason, StopReason];
  };
  const compareAt = (instructions: number): LockstepDifference[] => {
    for (const machine of machines) machine.reset();
    return differencesOf(machines, runTo(instructions));
  };
  for (const machine of machines) machine.reset();
  for (let equal = 0;; equal += STRIDE) {
    const stops = runTo(equal + STRIDE, limits.interrupted);
    const late = stops.find((stop) => stop.kind === "limit" && stop.what === "time");
    if (late !== undefined) {
      return { equal: true, instructions: equal, stop: late, differences: [] };
    }
    const differences = differencesOf(machines, stops);
    const [stop] = stops;
    const done = machines[0].counts().instructions;
    const over = stop.kind !== "limit" || stop.what !== "instructions" || done >= most;
    if (differences.length === 0) {
      if (over) return { equal: true, instructions: done, stop, differences };
      continue;
    }
    let [good, bad] = [equal, Math.min(equal + STRIDE, most)];
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2);
      if (compareAt(middle).length === 0) good = middle;
      else bad = middle;
    }
    for (const machine of machines) machine.reset();
    runTo(good);
    const pc = (machines[0].engine.registers[15] ?? 0) >>> 0;
    const found = differencesOf(machines, runTo(bad));
    return {
      equal: false,
      instructions: bad,
      stop,
      pc,
      function: symbolAt(machines[0].elf, pc),
      differences: found,
    };
  }
}
