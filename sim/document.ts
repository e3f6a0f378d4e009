/**
 * A run as the `pinmap/run-1` document.
 *
 * @module
 */
import type { RunDocument } from "../src/base/documents.ts";
import { InputError } from "../src/base/error.ts";
import { formatBytes } from "../src/base/units.ts";
import type { HarnessRun } from "./harness.ts";
import type { InitiatorCount } from "./initiator/offload.ts";
import type { Machine } from "./machine.ts";
import type { StopReason } from "./types.ts";

/** What the machine does not know of itself. */
export interface RunFacts {
  /** SHA-256 of the ELF file, hex. */
  readonly elfSha256: string;
  /** Why the run stopped, and its inferences. */
  readonly run: HarnessRun | { readonly stop: StopReason };
  /** Where the stack is, for its depth: a part of the manifest. */
  readonly stack?: {
    readonly region: string;
    readonly bottom_symbol: string;
    readonly top_symbol: string;
  } | undefined;
}

/** Exit code of pinmap for a fault or a limit. */
const STOPPED = 5;

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function exit(stop: StopReason, stack: StackUse | undefined): RunDocument["exit"] {
  if (stack?.overflow === true && stop.kind !== "limit") {
    const { size, region } = stack.use;
    const then = stop.kind === "fault" ? `: ${stop.fault.message}` : "";
    return {
      reason: "fault",
      code: STOPPED,
      message: `stack overflow: the program needs all ${formatBytes(size)} of its stack in ` +
        `${region}, or more${then}`,
    };
  }
  switch (stop.kind) {
    case "exit":
      return { reason: "exit", code: stop.code };
    case "breakpoint":
    case "watchpoint":
    case "host":
      return { reason: "host", code: 0 };
    case "fault":
      return { reason: "fault", code: STOPPED, message: stop.fault.message };
    case "limit":
      return { reason: "limit", code: STOPPED, message: limitText(stop.what) };
  }
}

function limitText(what: "instructions" | "cycles" | "sleep" | "time"): string {
  if (what === "time") return "the time limit was reached before the program ended";
  return what === "sleep"
    ? "the core sleeps (WFI, WFE or sleep-on-exit), and no timer or interrupt is left to wake it"
    : `the limit of ${what} was reached`;
}

/**
 * Describes what a machine has run since its reset.
 *
 * @param machine The machine, after the run
 * @param facts What it does not know of itself
 * @returns The document; the same run gives the same document. `exit.code` is the program's own, 5 after
 *   a fault or a limit. A stack that was written to its last byte counts as a fault, even if the
 *   program came to its end: nothing keeps an overflow out of the neighbour below
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Machine, runDocument } from "./mod.ts";
 *
 * function describe(machine: Machine, elfSha256: string) {
 *   return runDocument(machine, { elfSha256, run: { stop: machine.run({ maxCycles: 1e6 }) } });
 * }
 * assertEquals(typeof describe, "function");
 * ```
 */
export function runDocument(machine: Machine, facts: RunFacts): RunDocument {
  const counts = machine.counts();
  const inferences = "inferences" in facts.run ? facts.run.inferences : [];
  const stack = stackUse(machine, facts);
  const consoles = [
    { name: "semihosting", text: machine.console() },
    ...machine.consoles(),
  ].filter(({ text }) => text !== "");
  return {
    schema: "pinmap/run-1",
    board: machine.board.name,
    engine: machine.engine.name,
    timing_model: timingModel(machine),
    elf_sha256: facts.elfSha256,
    exit: exit(facts.run.stop, stack),
    instructions: counts.instructions,
    cycles: counts.cycles,
    core_cycles: counts.coreCycles,
    ...(counts.sleepCycles > 0 && { sleep_cycles: counts.sleepCycles }),
    regions: counts.regions.map(({ name, fetch, read, write }) => ({
      name,
      fetch,
      read,
      write,
      cycles: fetch.cycles + read.cycles + write.cycles,
    })),
    inferences: inferences.map(({ output, instructions, cycles }) => ({
      output_base64: base64(output),
      instructions,
      cycles,
    })),
    ...(consoles.length > 0 && { consoles }),
    functions: counts.functions.map(({ name, cycles, instructions }) => ({
      name,
      cycles,
      instructions,
    })),
    ...(counts.initiators.length > 0 && { initiators: counts.initiators.map(initiator) }),
    ...(stack !== undefined && { stack: stack.use }),
    notes: [...machine.notes(), ...counts.initiators.filter(({ calls }) => calls > 0).map(standIn)],
  };
}

function initiator(count: InitiatorCount): NonNullable<RunDocument["initiators"]>[number] {
  const { name, calls, instructions, cycles, coreCycles } = count;
  const regions = count.regions.map(({ name, read, write }) => ({
    name,
    read,
    write,
    cycles: read.cycles + write.cycles,
  }));
  return { name, calls, instructions, cycles, core_cycles: coreCycles, regions };
}

function standIn({ name, cycles }: InitiatorCount): string {
  return `${name} is a second core of this kind with program and stack of its own: its accesses and reach ` +
    `are what counts, its speed is not that of an accelerator. The core waited ${cycles} cycles for it, ` +
    `which are in no total above`;
}

/** The model with what is known of its error, the engine's part of it included. */
function timingModel({ timing, engine }: Machine): string {
  const parts = [timing.accuracy, ...(engine.accuracy === undefined ? [] : [engine.accuracy])];
  return `${timing.name} (${parts.join("; ")})`;
}

interface StackUse {
  readonly use: NonNullable<RunDocument["stack"]>;
  readonly overflow: boolean;
}

/** The most that one instruction stores below SP: VPUSH of 32 registers. */
const LARGEST_PUSH = 128;

function stackUse(machine: Machine, { stack, run }: RunFacts): StackUse | undefined {
  if (stack === undefined) return undefined;
  const bottom = machine.symbolAddress(stack.bottom_symbol);
  const top = machine.symbolAddress(stack.top_symbol);
  if (top < bottom) {
    throw new InputError(
      "E-SIM-STACK",
      `Cannot measure the stack: ${stack.top_symbol} is below ${stack.bottom_symbol}`,
    );
  }
  // On a board that lacks the memory the run has failed for that reason already.
  const mapped = machine.bus.windows.some(({ origin, end }) => bottom >= origin && top <= end);
  if (!mapped) return undefined;
  const use = { region: stack.region, size: top - bottom, used: machine.stackUsed(bottom, top) };
  const sp = (machine.engine.registers[13] ?? 0) >>> 0;
  const address = run.stop.kind === "fault" ? run.stop.fault.address : undefined;
  // A store that faults below the stack has not moved SP yet, or has moved it there.
  const faulted = address !== undefined && address < bottom && sp <= top &&
    (sp < bottom || address >= sp - LARGEST_PUSH);
  return { use, overflow: use.used >= use.size || faulted };
}
