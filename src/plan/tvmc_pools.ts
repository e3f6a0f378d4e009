/**
 * Pools in the spelling of TVM's command line, tvmc: `--workspace-pools=dtcm,sram1
 * --workspace-pools-targets=dtcm:c --workspace-pools-size-hint-bytes=dtcm:49152`, and the same with
 * `--constant-pools`, which tvmc never had. (TVM 513c2be0, python/tvm/driver/tvmc/workspace_pools.py.)
 *
 * As in tvmc the order of the list is the order of preference and the last value for a pool holds; a size
 * hint of -1 is no limit, other fields of -1 are unknown. Unlike tvmc, a field for a pool that is not in
 * the list is an error, not ignored, and a target is compared as a whole, not as part of a word.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import type { PoolSpec } from "./pool_spec.ts";

/** A flag of tvmc's, without its prefix. */
export interface TvmcFlag {
  /** What follows `--workspace-pools`: nothing, or e.g. `-targets`. */
  readonly suffix: string;
  /** What a value looks like. */
  readonly value: string;
  /** One line. */
  readonly help: string;
}

/** Number fields of a pool, by the flag that gives them. */
const NUMBERS = {
  "-clock-frequency-hz": "clockFrequencyHz",
  "-read-bandwidth-bytes-per-cycle": "readBandwidthBytesPerCycle",
  "-write-bandwidth-bytes-per-cycle": "writeBandwidthBytesPerCycle",
  "-read-latency-cycles": "readLatencyCycles",
  "-write-latency-cycles": "writeLatencyCycles",
} as const;

/** All flags of a kind, in the order in which help lists them. */
export const TVMC_FLAGS: readonly TvmcFlag[] = [
  { suffix: "", value: "POOL[,POOL]", help: "pools as tvmc names them, in order of preference" },
  { suffix: "-targets", value: "POOL:TARGET[,TARGET]", help: "targets of a pool; each needs one" },
  { suffix: "-region", value: "POOL:REGION", help: "the board's region; default: the pool's name" },
  { suffix: "-size-hint-bytes", value: "POOL:BYTES", help: "limit of a pool, -1 for none" },
  ...Object.keys(NUMBERS).map((suffix) => ({
    suffix,
    value: "POOL:NUMBER",
    help: `${suffix.slice(1).replaceAll("-", " ")}, instead of the board's`,
  })),
  { suffix: "-target-burst-bytes", value: "POOL:TARGET:BYTES", help: "burst length for a target" },
];

/**
 * Reads tvmc's flags of one kind of pools.
 *
 * @param values All values of a flag, by its name without dashes, e.g. `workspace-pools-targets`
 * @param kind `workspace` for `--workspace-pools…`, `constant` for `--constant-pools…`
 * @returns The pools in order of preference; none if no flag is given
 * @throws {UsageError} E-PLAN-POOL-SPEC if a value has another form, a pool has no target, or a field is for
 *   a pool that is not in the list
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readTvmcPools } from "./tvmc_pools.ts";
 *
 * const flags: Record<string, string[]> = {
 *   "workspace-pools": ["dtcm,sram1"],
 *   "workspace-pools-targets": ["dtcm:c", "sram1:c,accel"],
 *   "workspace-pools-size-hint-bytes": ["dtcm:4096"],
 * };
 * const pools = readTvmcPools((name) => flags[name] ?? [], "workspace");
 * assertEquals(pools.map(({ name, targets, size }) => [name, targets, size]), [
 *   ["dtcm", ["c"], 4096],
 *   ["sram1", ["c", "accel"], undefined],
 * ]);
 * ```
 */
export function readTvmcPools(
  values: (flag: string) => readonly string[],
  kind: PoolSpec["kind"],
): readonly PoolSpec[] {
  const prefix = `${kind}-pools`;
  const list = values(prefix).at(-1);
  const names = list === undefined ? [] : list.split(",").map((name) => name.trim());
  if (names.includes("") || new Set(names).size !== names.length) {
    throw flagError(prefix, list ?? "", "different names with commas between them");
  }
  const field = (suffix: string) => lastByPool(values, prefix, suffix, names);
  const targets = field("-targets");
  const regions = field("-region");
  const sizes = field("-size-hint-bytes");
  const numbers = Object.entries(NUMBERS).map(([suffix, key]) =>
    [suffix, key, field(suffix)] as const
  );
  const bursts = burstsByPool(values, prefix, names);
  return names.map((name): PoolSpec => {
    const own = targets.get(name);
    if (own === undefined) {
      throw new UsageError(
        "E-PLAN-POOL-SPEC",
        `Cannot make pool "${name}": no target is specified for it, one or more are needed`,
        { hints: [`Add --${prefix}-targets=${name}:c`] },
      );
    }
    const properties = Object.fromEntries(numbers.flatMap(([suffix, key, given]) => {
      const text = given.get(name);
      const number = text === undefined ? -1 : numberOf(prefix + suffix, `${name}:${text}`, text);
      return number === -1 ? [] : [[key, number] as const];
    }));
    const burst = bursts.get(name);
    const all = burst === undefined ? properties : { ...properties, targetBurstBytes: burst };
    const sizeText = sizes.get(name);
    const size = sizeText === undefined
      ? -1
      : numberOf(`${prefix}-size-hint-bytes`, `${name}:${sizeText}`, sizeText);
    return {
      name,
      kind,
      region: regions.get(name) ?? name,
      targets: targetsOf(`${prefix}-targets`, name, own),
      size: size === -1 ? undefined : size,
      properties: Object.keys(all).length === 0 ? undefined : all,
    };
  });
}

/** `pool:rest` of each value; the last one for a pool holds. */
function lastByPool(
  values: (flag: string) => readonly string[],
  prefix: string,
  suffix: string,
  names: readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of values(prefix + suffix)) {
    const [pool, rest] = splitPool(prefix, suffix, text, names);
    found.set(pool, rest);
  }
  return found;
}

function splitPool(
  prefix: string,
  suffix: string,
  text: string,
  names: readonly string[],
): readonly [string, string] {
  const colon = text.indexOf(":");
  const pool = text.slice(0, Math.max(0, colon)).trim();
  const rest = text.slice(colon + 1).trim();
  if (pool === "" || rest === "") {
    const form = TVMC_FLAGS.find((flag) => flag.suffix === suffix)?.value ?? "POOL:VALUE";
    throw flagError(prefix + suffix, text, `the form ${form}`);
  }
  if (names.includes(pool)) return [pool, rest];
  const guess = closest(pool, names);
  throw flagError(prefix + suffix, text, `a pool of --${prefix}=${names.join(",")}`, [
    guess === undefined ? `Add ${pool} to --${prefix}` : `Did you mean "${guess}"?`,
  ]);
}

function burstsByPool(
  values: (flag: string) => readonly string[],
  prefix: string,
  names: readonly string[],
): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const flag = `${prefix}-target-burst-bytes`;
  const found = new Map<string, Record<string, number>>();
  for (const text of values(flag)) {
    const [pool, rest] = splitPool(prefix, "-target-burst-bytes", text, names);
    const [target = "", bytes = "", more] = rest.split(":").map((part) => part.trim());
    if (target === "" || bytes === "" || more !== undefined) {
      throw flagError(flag, text, "the form POOL:TARGET:BYTES");
    }
    const before = found.get(pool) ?? {};
    found.set(pool, { ...before, [target]: numberOf(flag, text, bytes) });
  }
  return found;
}

function targetsOf(flag: string, pool: string, text: string): readonly string[] {
  const targets = text.split(",").map((target) => target.trim());
  if (targets.includes("") || new Set(targets).size !== targets.length) {
    throw flagError(flag, `${pool}:${text}`, "different targets with commas between them");
  }
  return targets;
}

function numberOf(flag: string, text: string, number: string): number {
  const value = /^-?[0-9]+$/.test(number) ? Number(number) : NaN;
  if (Number.isSafeInteger(value) && value >= -1) return value;
  throw flagError(flag, text, "a whole number of 0 or more, or -1 for none");
}

function flagError(
  flag: string,
  text: string,
  needed: string,
  hints: readonly string[] = [],
): UsageError {
  return new UsageError(
    "E-PLAN-POOL-SPEC",
    `Cannot read --${flag}=${text}: ${needed} is needed`,
    { hints },
  );
}
