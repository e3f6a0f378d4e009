/**
 * Pools as flags describe them, in the spelling of TVM's RFC 0009:
 * `--with-workspace-buffer "name=dtcm;target=c;size=48K"`. The further keys are the fields of TVM's
 * PoolInfo; `region`, `alignment` are ours.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { closest, parseBytes } from "../base/units.ts";
import type { PoolProperties } from "../board/types.ts";

/** A pool that a flag asks for. */
export interface PoolSpec {
  /** Name of the pool. */
  readonly name: string;
  /** `workspace` holds variables, `constant` holds parameters. */
  readonly kind: "workspace" | "constant";
  /** Region of the board; by default the one that has the pool's name. */
  readonly region?: string | undefined;
  /** Targets that use it; by default all that reach the region. */
  readonly targets?: readonly string[] | undefined;
  /** Bytes that it may grow to; by default what the region has left. */
  readonly size?: number | undefined;
  /** Alignment of its first byte, a power of two; by default what its buffers need. */
  readonly alignment?: number | undefined;
  /** Overrides of what the board says. */
  readonly properties?: PoolProperties | undefined;
}

const NUMBER_KEYS = {
  clock_frequency_hz: "clockFrequencyHz",
  read_bandwidth_bytes_per_cycle: "readBandwidthBytesPerCycle",
  write_bandwidth_bytes_per_cycle: "writeBandwidthBytesPerCycle",
  read_latency_cycles: "readLatencyCycles",
  write_latency_cycles: "writeLatencyCycles",
} as const;

type NumberKey = keyof typeof NUMBER_KEYS;

const KEYS = [
  "name",
  "target",
  "size",
  "region",
  "alignment",
  ...Object.keys(NUMBER_KEYS),
  "target_burst_bytes",
];

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Reads a pool in the RFC's spelling: `key=value` pairs separated by semicolons.
 *
 * Keys: `name` (required), `target` (comma-separated), `size` (bytes, `48K`, `1 MiB`), `region`
 * (default: the name), `alignment` (bytes, a power of two), `clock_frequency_hz`,
 * `read_bandwidth_bytes_per_cycle`, `write_bandwidth_bytes_per_cycle`, `read_latency_cycles`,
 * `write_latency_cycles`, `target_burst_bytes` (`target:bytes`, comma-separated).
 *
 * @param text What the flag says
 * @param kind Which flag it is
 * @returns The pool asked for; whether the board can give it is found out in planning
 * @throws {UsageError} If the text cannot be understood (E-PLAN-POOL-SPEC)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePoolSpec } from "./pool_spec.ts";
 *
 * const spec = parsePoolSpec("name=dtcm;target=c;size=48K", "workspace");
 * assertEquals(spec.name, "dtcm");
 * assertEquals(spec.targets, ["c"]);
 * assertEquals(spec.size, 49152);
 * ```
 */
export function parsePoolSpec(text: string, kind: "workspace" | "constant"): PoolSpec {
  const values = splitPairs(text);
  const name = values.get("name");
  if (name === undefined) {
    throw specError(text, "it has no name", [
      `Name the pool after a region of the board, e.g. "name=${text.trim() || "dtcm"}"`,
    ]);
  }
  if (!NAME.test(name)) {
    throw specError(
      text,
      `"${name}" is not a name: letters, digits, "_" and "-" are, starting with a letter`,
    );
  }
  const size = values.get("size");
  const alignment = values.get("alignment");
  const targets = values.get("target");
  return {
    name,
    kind,
    region: values.get("region") ?? name,
    targets: targets === undefined ? undefined : splitList(text, "target", targets),
    size: size === undefined ? undefined : readSize(text, size),
    alignment: alignment === undefined ? undefined : readAlignment(text, alignment),
    properties: readProperties(text, values),
  };
}

/**
 * Prints a pool in the spelling that {@linkcode parsePoolSpec} reads.
 *
 * @param spec A pool
 * @returns Text such as `name=dtcm;target=c;size=49152`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatPoolSpec, parsePoolSpec } from "./pool_spec.ts";
 *
 * assertEquals(formatPoolSpec(parsePoolSpec("size=1K; name=dtcm", "workspace")), "name=dtcm;size=1024");
 * ```
 */
export function formatPoolSpec(spec: PoolSpec): string {
  const parts = [`name=${spec.name}`];
  if (spec.region !== undefined && spec.region !== spec.name) parts.push(`region=${spec.region}`);
  if (spec.targets !== undefined) parts.push(`target=${spec.targets.join(",")}`);
  if (spec.size !== undefined) parts.push(`size=${spec.size}`);
  if (spec.alignment !== undefined) parts.push(`alignment=${spec.alignment}`);
  for (const [key, field] of Object.entries(NUMBER_KEYS)) {
    const value = spec.properties?.[field];
    if (value !== undefined) parts.push(`${key}=${value}`);
  }
  const bursts = Object.entries(spec.properties?.targetBurstBytes ?? {});
  if (bursts.length > 0) {
    parts.push(`target_burst_bytes=${bursts.map(([target, n]) => `${target}:${n}`).join(",")}`);
  }
  return parts.join(";");
}

/** Whether a number is 1, 2, 4, … */
export function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && Number.isInteger(Math.log2(value));
}

function splitPairs(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const part of text.split(";")) {
    if (part.trim() === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) throw specError(text, `"${part.trim()}" is not of the form key=value`);
    const key = part.slice(0, equals).trim();
    const value = part.slice(equals + 1).trim();
    if (!KEYS.includes(key)) {
      const guess = closest(key, KEYS);
      throw specError(text, `it has the unknown key "${key}"`, [
        guess === undefined ? `Known keys: ${KEYS.join(", ")}` : `Did you mean "${guess}"?`,
      ]);
    }
    if (values.has(key)) throw specError(text, `the key "${key}" is given twice`);
    if (value === "") throw specError(text, `the key "${key}" has no value`);
    values.set(key, value);
  }
  return values;
}

function splitList(text: string, key: string, value: string): readonly string[] {
  const items = value.split(",").map((item) => item.trim());
  if (items.includes("")) throw specError(text, `the list of "${key}" has an empty entry`);
  const twice = items.find((item, i) => items.indexOf(item) !== i);
  if (twice !== undefined) throw specError(text, `"${key}" names "${twice}" twice`);
  return items;
}

function readSize(text: string, value: string): number {
  const size = parseBytes(value);
  if (size === undefined || size === 0) {
    throw specError(text, `the size "${value}" is not a number of bytes of 1 or more`, [
      'Write a size as 49152, "48K" or "48 KiB"; leave it out to use all that the region has left',
    ]);
  }
  return size;
}

function readAlignment(text: string, value: string): number {
  const alignment = parseBytes(value);
  if (alignment === undefined || !isPowerOfTwo(alignment)) {
    throw specError(text, `the alignment "${value}" is not a power of two`);
  }
  return alignment;
}

function readProperties(
  text: string,
  values: ReadonlyMap<string, string>,
): PoolProperties | undefined {
  const properties: Record<string, number | Record<string, number>> = {};
  for (const [key, value] of values) {
    if (key in NUMBER_KEYS) {
      properties[NUMBER_KEYS[key as NumberKey]] = readCount(text, key, value);
    }
  }
  const bursts = values.get("target_burst_bytes");
  if (bursts !== undefined) {
    properties["targetBurstBytes"] = Object.fromEntries(
      splitList(text, "target_burst_bytes", bursts).map((entry) => {
        const [target, bytes, rest] = entry.split(":");
        if (!target || bytes === undefined || rest !== undefined) {
          throw specError(text, `the burst "${entry}" is not of the form target:bytes`);
        }
        return [target, readCount(text, "target_burst_bytes", bytes)] as const;
      }),
    );
  }
  return Object.keys(properties).length === 0 ? undefined : properties;
}

function readCount(text: string, key: string, value: string): number {
  const number = /^[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : NaN;
  if (!Number.isFinite(number)) {
    throw specError(text, `"${key}" is "${value}", a number of 0 or more is needed`);
  }
  return number;
}

function specError(text: string, what: string, hints: readonly string[] = []): UsageError {
  return new UsageError("E-PLAN-POOL-SPEC", `Cannot read the pool "${text}": ${what}`, { hints });
}
