/**
 * The shape of a board file, one table an object. This is the only list of its keys: reading, the
 * published JSON Schema and the "did you mean" hints all come from it. `boards/README.md` explains it.
 *
 * @module
 */
import * as v from "valibot";
import { closest } from "../base/units.ts";
import {
  access,
  address,
  choice,
  clock,
  count,
  type Leaf,
  type LeafNotes,
  name,
  quantity,
  show,
  size,
  text,
} from "./leaves.ts";
import { packProblem } from "./problems.ts";

const REGION_NAME = name(/^[a-z][a-z0-9_]*$/, "lower-case letters, digits and _, such as dtcm");
const SOURCE = text('a key of [sources] with its place, such as "rm0385 §2.1"');
const WAIT = count(0, 65535, "a number of cycles");

/** What a part of the schema says of itself, if it is a leaf. */
export function leafNotes(schema: unknown): LeafNotes | undefined {
  const pipe = (schema as { readonly pipe?: readonly unknown[] }).pipe ?? [];
  for (const action of pipe) {
    const { type, metadata } = action as { type: string; metadata?: LeafNotes };
    if (type === "metadata") return metadata;
  }
  return undefined;
}

function neededFor(schema: v.GenericSchema): string {
  if (schema.type === "array") return "a list";
  return leafNotes(schema)?.needed ?? "a table";
}

/** A table that knows its keys, and says which key was meant. */
function table<const E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.unknown(),
    // Lists and dates are objects too, as far as the schema library is concerned.
    v.check(isTable, ({ input }) => notThe("table", input)),
    v.strictObject(entries, (issue) => keyProblem(issue, entries)),
  );
}

function isTable(input: unknown): boolean {
  return typeof input === "object" && input !== null && !Array.isArray(input) &&
    !(input instanceof Date);
}

function notThe(kind: "table" | "list", input: unknown): string {
  return packProblem("E-BOARD-TYPE", `${show(input)} is no ${kind}, needed a ${kind}`);
}

function keyProblem(issue: v.StrictObjectIssue, entries: v.ObjectEntries): string {
  const key = String(issue.path?.at(-1)?.key ?? "");
  const known = Object.keys(entries);
  if (issue.expected === "never") {
    const near = closest(key, known);
    return packProblem(
      "E-BOARD-KEY",
      `unknown, needed one of ${known.join(", ")}`,
      near === undefined ? "boards/README.md says what each key means." : `Did you mean "${near}"?`,
    );
  }
  const schema = entries[key] as v.GenericSchema | undefined;
  const needed = schema === undefined ? "a value" : neededFor(schema);
  return packProblem("E-BOARD-MISSING", `missing, needed ${needed}`);
}

function list<T>(item: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T[]> {
  return v.array(item, ({ input }) => notThe("list", input));
}

function record<T>(item: Leaf<T>) {
  return v.pipe(
    v.unknown(),
    v.check(isTable, ({ input }) => notThe("table", input)),
    v.record(v.string(), item),
  );
}

const CACHE = table({
  size: size(),
  ways: count(1, 64, "a number of ways"),
  line: count(4, 1024, "a number of bytes"),
});

const NVIC = table({
  interrupts: count(1, 496, "a number of interrupts"),
  priority_bits: count(2, 8, "a number of bits"),
});

const CPU = table({
  core: choice([
    "cortex-m0",
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m4",
    "cortex-m7",
    "cortex-m23",
    "cortex-m33",
  ]),
  revision: v.optional(name(/^r[0-9]+p[0-9]+$/, "a revision such as r1p1")),
  fpu: choice(["none", "fpv4-sp-d16", "fpv5-sp-d16", "fpv5-d16"]),
  dsp: v.optional(choice([true, false])),
  clock: clock(),
  mpu_regions: v.optional(choice([0, 4, 8, 12, 16])),
  bit_band: v.optional(choice([true, false])),
  icache: v.optional(CACHE),
  dcache: v.optional(CACHE),
  nvic: v.optional(NVIC),
  source: SOURCE,
});

const WAIT_STATES = table({
  read: v.optional(WAIT),
  write: v.optional(WAIT),
  fetch: v.optional(WAIT),
});

const POOL = table({
  clock_frequency: v.optional(clock()),
  read_bandwidth_bytes_per_cycle: v.optional(quantity("a number of bytes")),
  write_bandwidth_bytes_per_cycle: v.optional(quantity("a number of bytes")),
  read_latency_cycles: v.optional(WAIT),
  write_latency_cycles: v.optional(WAIT),
  target_burst_bytes: v.optional(record(count(1, 65536, "a number of bytes"))),
});

const RESERVED = table({
  origin: address(),
  length: size(),
  purpose: text("who owns it, such as boot2"),
});

/** What regions and aliases have in common: how an access through this address behaves. */
const PORT = {
  port: v.optional(text("a bus or port, such as axim")),
  width: v.optional(choice([8, 16, 32, 64, 128, 256])),
  wait_states: v.optional(WAIT_STATES),
  accelerator: v.optional(text("a description")),
};

const REGION = table({
  name: REGION_NAME,
  kind: choice(["ram", "nvm", "rom"]),
  origin: address(),
  length: size(),
  access: access(),
  ...PORT,
  initiators: v.optional(list(name(/^[a-z][a-z0-9_]*$/, "a name such as c or dma1"))),
  sections: v.optional(list(name(/^[.A-Za-z_][.\w]*$/, "a section name such as .dtcm"))),
  reserved: v.optional(list(RESERVED)),
  pool: v.optional(POOL),
  source: SOURCE,
});

const ALIAS = table({
  name: REGION_NAME,
  of: text("the name of a region"),
  origin: address(),
  length: size(),
  offset: v.optional(address("a number of bytes such as 0x1000")),
  access: v.optional(access()),
  ...PORT,
  source: SOURCE,
});

const BUDGET = table({
  name: REGION_NAME,
  length: size(),
  granule: size(),
  regions: list(text("the name of a region")),
  source: SOURCE,
});

const OFFSET = address("an offset such as 0x10");
const BIT = count(0, 31, "a number of a bit");
const IRQ = count(0, 479, "a number of an interrupt");

const UART = table({
  name: REGION_NAME,
  kind: choice(["cmsdk-apb-uart", "stm32-usart-v1", "stm32-usart-v2", "pl011", "nxp-lpuart"]),
  origin: address(),
  irq: v.optional(IRQ),
  irq_tx: v.optional(IRQ),
  atomic_aliases: v.optional(choice([true, false])),
  source: SOURCE,
});

const RESET = table({
  register: OFFSET,
  value: address("a value such as 0x83"),
});

const FOLLOWS = table({
  register: OFFSET,
  bit: BIT,
  of: BIT,
  of_register: v.optional(OFFSET),
  width: v.optional(count(1, 32, "a number of bits")),
  inverted: v.optional(choice([true, false])),
  one_hot: v.optional(choice([true, false])),
});

const PERIPHERAL = table({
  name: REGION_NAME,
  origin: address(),
  length: size(),
  reset: v.optional(list(RESET)),
  follows: v.optional(list(FOLLOWS)),
  atomic_aliases: v.optional(choice([true, false])),
  source: SOURCE,
});

/** A board file. */
export const BOARD_FILE = table({
  schema: choice(["pinmap/board-1"], "E-BOARD-SCHEMA"),
  name: name(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and -, such as stm32h743"),
  title: text("a name for people"),
  chip: v.optional(text("probe-rs's name of the chip")),
  vector_table: address(),
  sources: record(text("title and revision of a document")),
  cpu: CPU,
  region: list(REGION),
  alias: v.optional(list(ALIAS)),
  budget: v.optional(list(BUDGET)),
  uart: v.optional(list(UART)),
  peripheral: v.optional(list(PERIPHERAL)),
});

/** A board file whose shape is right, in the units of the board's type. */
export type BoardFile = v.InferOutput<typeof BOARD_FILE>;
