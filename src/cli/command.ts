/**
 * What a command is, and the flags that several commands share.
 *
 * @module
 */
import { TVMC_FLAGS } from "../plan/tvmc_pools.ts";
import type { Options, OptionSpec } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** What a command gets. */
export interface Context {
  /** Parsed flags. */
  readonly options: Options;
  /** Where words go. */
  readonly terminal: Terminal;
}

/** A command: one file, one line in the registry. */
export interface Command {
  /** Name, the first argument. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name, e.g. `MODEL [flags]`. */
  readonly usage: string;
  /** Paragraphs for `--help`. */
  readonly details: readonly string[];
  /** Its flags. */
  readonly options: readonly OptionSpec[];
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Does it; gives the exit code. */
  run(context: Context): Promise<number>;
}

/** Exit codes, as documented in `pinmap --help`. */
export const EXIT = {
  ok: 0,
  checkFailed: 1,
  usage: 2,
  infeasible: 3,
  toolchain: 4,
  fault: 5,
  interrupted: 130,
  defect: 70,
} as const;

/** Flags that every command takes. */
export const COMMON: readonly OptionSpec[] = [
  {
    name: "format",
    value: "FORMAT",
    choices: ["text", "json"],
    help: "text for people (default) or json for scripts; results go to stdout",
  },
  {
    name: "color",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    help: "colours: auto (default, only on a terminal and without NO_COLOR), always, never",
  },
  { name: "no-progress", help: "no progress line on stderr" },
  { name: "help", short: "h", help: "this text" },
];

/** `--board`. */
export const BOARD: OptionSpec = {
  name: "board",
  short: "b",
  value: "NAME|FILE.toml",
  help: "board by name (see pinmap board list) or a board file of your own",
};

/** `--initiator`. */
export const INITIATOR: OptionSpec = {
  name: "initiator",
  value: '"name=accel;regions=sram1,flash"',
  repeat: true,
  help: "who else reads and writes memory, e.g. an accelerator; or name=accel;like=dma1",
};

/** Flags that limit a search. */
export const SEARCH: readonly OptionSpec[] = [
  {
    name: "time-limit",
    value: "TIME",
    help:
      "--algorithm exact: search on for so long, e.g. 10s, 500ms, 2m; keeps the best plan so far",
  },
  {
    name: "node-limit",
    value: "NODES",
    help: "--algorithm exact: search on for so many steps; the same plan on every machine",
  },
];

/** Flags that say what goes where. */
export const PLANNING: readonly OptionSpec[] = [
  BOARD,
  INITIATOR,
  {
    name: "with-workspace-buffer",
    short: "w",
    value: '"name=dtcm;target=c;size=48K"',
    repeat: true,
    help: "a pool for activations, in order of preference; default: every RAM of the board",
  },
  {
    name: "with-parameter-buffer",
    short: "p",
    value: '"name=flash;target=c"',
    repeat: true,
    help: "a pool for weights, in order of preference; default: the board's non-volatile memory",
  },
  ...(["workspace", "constant"] as const).flatMap((kind) =>
    TVMC_FLAGS.map(({ suffix, value, help }): OptionSpec => ({
      name: `${kind}-pools${suffix}`,
      value,
      repeat: true,
      help,
    }))
  ),
  {
    name: "pin",
    value: "GLOB=POOL[,POOL]",
    repeat: true,
    help: "candidate pools of the buffers whose names match, e.g. 'op0_*=sram1'",
  },
  { name: "algorithm", short: "a", value: "NAME", help: "planner (default greedy_by_size)" },
  {
    name: "objective",
    value: "WHAT",
    choices: ["bytes", "cycles"],
    help:
      "cycles: choose pools so that the core waits least for data; candidates are then a set, and weights may go into RAM",
  },
  {
    name: "profile",
    value: "FILE.json",
    help: "--objective cycles: accesses counted by pinmap run --profile-out; default: estimated",
  },
  {
    name: "solver",
    value: "NAME",
    choices: ["own", "highs"],
    help: "--objective cycles: who chooses pools; highs (npm) proves more of large networks",
  },
  ...SEARCH,
  {
    name: "in-place",
    help:
      "let operators that go element by element (add, reshape, softmax) write over an input that nobody reads later",
  },
  {
    name: "keep-apart",
    value: "A,B",
    repeat: true,
    help: "two variables share no bytes though they are never live together",
  },
  {
    name: "share",
    value: "A,B",
    repeat: true,
    help: "two variables of one size have one place, live together or not",
  },
  { name: "tvm-compatible", help: "TVM's own offsets; an error where its layout overlaps" },
  {
    name: "stack-size",
    value: "SIZE",
    help: "stack, default 2 KiB; the run reports its deepest use",
  },
  {
    name: "stack-region",
    value: "REGION",
    help: "where the stack lies; default: with the first workspace pool",
  },
  { name: "heap-size", value: "SIZE", help: "heap, default 0" },
  { name: "heap-region", value: "REGION", help: "where the heap lies; default: with the stack" },
  {
    name: "name",
    value: "IDENTIFIER",
    help: 'module name in generated C: tvmgen_NAME_run; default: its own, else "default"',
  },
  { name: "target", value: "TARGET", help: "of TVMScript functions that name none, e.g. c" },
  {
    name: "workspace-io",
    help: "plan TVMScript's parameters of main into pools too, TVM's use_workspace_io",
  },
  {
    name: "param",
    value: "NAME=FILE",
    repeat: true,
    help: "raw bytes of a parameter that TVMScript's main looks up with T.lookup_param",
  },
  { name: "serial-loops", help: "run TVMScript's parallel loops one round after the other" },
];

/** Flags that say how firmware is built. */
export const BUILDING: readonly OptionSpec[] = [
  {
    name: "code-region",
    value: "REGION",
    help: "copy the kernels into this region at start-up, e.g. itcm; default: run from flash",
  },
  {
    name: "toolchain",
    short: "t",
    value: "gcc|clang|zig|PATH",
    help: "compiler; default: arm-none-eabi-gcc, else clang with lld, else Zig from npm",
  },
  {
    name: "application",
    value: "FILE",
    repeat: true,
    help: "C sources and headers with a main() of your own, instead of the test harness",
  },
  { name: "user-pools", help: "the application defines the pools' arrays, as the header says" },
  {
    name: "out",
    short: "o",
    value: "FOLDER",
    help: "firmware folder to write; default build/<model>-<board>",
  },
];
