/**
 * Pools from the board and from flags.
 *
 * Without a flag of a kind there is a pool in each region that suits it, in the board's order: every
 * readable and writable `ram` region for workspace, every `nvm` region for constants. With flags of a
 * kind there are these pools and no others of it. Where cycles are planned, parameters by default may go into
 * every RAM region too, in pools named `<region>_constant`: they are copied there at start-up.
 *
 * Pools share their region by one rule. A size is set aside, in the order of the flags, workspace first.
 * What is then left belongs to the pool without a size. If a region has one of each kind without a size,
 * workspace is planned first and the constants get what it leaves. Two of the same kind, both
 * without a size, cannot share a region. A default pool keeps out of a region that a flag of the other
 * kind takes whole.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import type { Board, Region } from "../board/types.ts";
import { isPowerOfTwo, type PoolSpec } from "./pool_spec.ts";
import { checkResidents, findRegion, freeBytes } from "./regions.ts";
import type { Pool, Resident } from "./types.ts";

/** What pools are made from, besides the board. */
export interface PoolRequest {
  /** Workspace pools that flags ask for. */
  readonly workspaceBuffers?: readonly PoolSpec[] | undefined;
  /** Constant pools that flags ask for. */
  readonly parameterBuffers?: readonly PoolSpec[] | undefined;
  /** Stack, heap and static data. */
  readonly residents?: readonly Resident[] | undefined;
  /** Whether parameters may go into RAM too if no flag makes pools for them; by default false. */
  readonly parametersInRam?: boolean | undefined;
  /** Least alignment of a pool's first byte; a power of two. */
  readonly alignment: number;
}

/** All pools of a plan. */
export interface PoolSet {
  /** Workspace pools, then constant pools, each in order of preference. */
  readonly pools: readonly Pool[];
  /** Constant pools that get what a workspace pool leaves of their region: name of that pool. */
  readonly leftovers: ReadonlyMap<string, string>;
}

/** A spec with its region. */
interface Wanted {
  readonly spec: PoolSpec;
  readonly region: Region;
  readonly byDefault: boolean;
}

/**
 * Makes the pools of a board.
 *
 * @param board Board
 * @param request Flags, residents, alignment
 * @returns Pools with their limits
 * @throws {InputError} If a flag names an unknown region (E-PLAN-REGION), one that cannot hold such a pool
 *   (E-PLAN-POOL-KIND), a target that does not reach it (E-PLAN-REACH), or pools clash or get no bytes
 *   (E-PLAN-POOL)
 * @throws {InfeasibleError} If stack, heap and data alone overflow a region (E-PLAN-RESIDENTS)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "../board/mod.ts";
 * import { makePools } from "./pools.ts";
 *
 * const { pools } = makePools(await loadBoard("stm32f407g-disco"), { alignment: 16 });
 * assertEquals(pools.find((pool) => pool.name === "ccm")?.limitBytes, 65536);
 * assertEquals(pools.filter((pool) => pool.kind === "constant").map((pool) => pool.name), ["flash"]);
 * ```
 */
export function makePools(board: Board, request: PoolRequest): PoolSet {
  const residents = request.residents ?? [];
  checkResidents(board, residents);
  const explicit = [...request.workspaceBuffers ?? [], ...request.parameterBuffers ?? []]
    .map((spec) => checkSpec(board, spec));
  const wanted = (["workspace", "constant"] as const).flatMap((kind) => {
    const own = explicit.filter(({ spec }) => spec.kind === kind);
    if (own.length > 0) return own;
    return defaultsOf(board, kind, explicit, request.parametersInRam ?? false);
  });
  checkNames(wanted);
  const pools: Pool[] = [];
  const leftovers = new Map<string, string>();
  const limits = shareRegions(board, wanted, residents, request.alignment, leftovers);
  for (const one of wanted) {
    const limitBytes = limits.get(one) ?? 0;
    if (limitBytes === 0) {
      if (!one.byDefault) throw noBytes(one, residents);
      continue;
    }
    pools.push({
      name: one.spec.name,
      region: one.region.name,
      kind: one.spec.kind,
      targets: one.spec.targets ?? one.region.initiators,
      limitBytes,
      alignment: alignmentOf(one, request.alignment),
      properties: { ...one.region.pool, ...one.spec.properties },
    });
  }
  return { pools, leftovers };
}

/**
 * Lowers the limits of constant pools to what the workspace pools of their regions left.
 *
 * @param set All pools
 * @param used Bytes used, by workspace pool
 * @returns The constant pools
 */
export function constantPoolsAfter(
  set: PoolSet,
  used: ReadonlyMap<string, number>,
): readonly Pool[] {
  return set.pools.filter((pool) => pool.kind === "constant").map((pool) => {
    const bytes = used.get(set.leftovers.get(pool.name) ?? "") ?? 0;
    const taken = Math.ceil(bytes / pool.alignment) * pool.alignment;
    return taken === 0 ? pool : { ...pool, limitBytes: Math.max(0, pool.limitBytes - taken) };
  });
}

/** Whether a region can hold pools of a kind. */
export function suits(region: Region, kind: Pool["kind"]): boolean {
  if (!region.access.read || region.kind === "rom") return false;
  return kind === "constant" ? true : region.kind === "ram" && region.access.write;
}

function checkSpec(board: Board, spec: PoolSpec): Wanted {
  const what = `Cannot make pool "${spec.name}"`;
  const region = findRegion(board, spec.region ?? spec.name, what);
  if (!suits(region, spec.kind)) {
    throw new InputError(
      "E-PLAN-POOL-KIND",
      `${what}: region "${region.name}" is ${region.kind} and ${
        region.access.write ? "writable" : "not writable"
      }, a ${spec.kind} pool needs ${
        spec.kind === "workspace" ? "writable ram" : "readable ram or nvm"
      }`,
    );
  }
  for (const target of spec.targets ?? []) {
    if (!region.initiators.includes(target)) {
      throw new InputError(
        "E-PLAN-REACH",
        `${what} for target "${target}": region "${region.name}" is reached by ${
          region.initiators.join(", ")
        }, not by "${target}"`,
        {
          hints: board.regions.some(({ initiators }) => initiators.includes(target)) ? [] : [
            `Board ${board.name} has no initiator "${target}": add it with ` +
            `--initiator "name=${target};regions=${region.name}"`,
          ],
          data: { pool: spec.name, region: region.name, target },
        },
      );
    }
  }
  const size = spec.size;
  if (size !== undefined && (!Number.isSafeInteger(size) || size < 1)) {
    throw new InputError(
      "E-PLAN-POOL",
      `${what}: its size is ${size} B, a whole number of 1 or more is needed`,
    );
  }
  if (spec.alignment !== undefined && !isPowerOfTwo(spec.alignment)) {
    throw new InputError(
      "E-PLAN-POOL",
      `${what}: its alignment is ${spec.alignment} B, a power of two is needed`,
    );
  }
  return { spec, region, byDefault: false };
}

function defaultsOf(
  board: Board,
  kind: Pool["kind"],
  explicit: readonly Wanted[],
  parametersInRam: boolean,
): Wanted[] {
  const takenWhole = new Set(
    explicit.filter(({ spec }) => spec.size === undefined).map(({ region }) => region),
  );
  const names = new Set(explicit.map(({ spec }) => spec.name));
  return board.regions
    .filter((region) => suits(region, kind) && !takenWhole.has(region))
    .filter((region) => kind === "workspace" || region.kind === "nvm" || parametersInRam)
    .map((region) => ({
      spec: {
        kind,
        name: names.has(region.name) || (kind === "constant" && region.kind !== "nvm")
          ? `${region.name}_${kind}`
          : region.name,
        region: region.name,
      },
      region,
      byDefault: true,
    }));
}

function checkNames(wanted: readonly Wanted[]): void {
  const byIdentifier = new Map<string, Wanted>();
  for (const one of wanted) {
    const { name, kind } = one.spec;
    const identifier = name.replaceAll(/[^A-Za-z0-9]/g, "_");
    const other = byIdentifier.get(identifier);
    if (other !== undefined) {
      const flag = kind === "constant" ? "_params" : "_2";
      throw new InputError(
        "E-PLAN-POOL",
        name === other.spec.name
          ? `Cannot make two pools "${name}": a ${other.spec.kind} pool has the name, a name of its own is needed`
          : `Cannot make pools "${other.spec.name}" and "${name}": both are "${identifier}" in C, different names are needed`,
        {
          hints: [
            `Name it differently and say where it is, e.g. "name=${name}${flag};region=${one.region.name}"`,
          ],
        },
      );
    }
    byIdentifier.set(identifier, one);
  }
}

/** The limit of each pool, by the rule at the head of this file. */
function shareRegions(
  board: Board,
  wanted: readonly Wanted[],
  residents: readonly Resident[],
  alignment: number,
  leftovers: Map<string, string>,
): ReadonlyMap<Wanted, number> {
  const limits = new Map<Wanted, number>();
  for (const region of new Set(wanted.map((one) => one.region))) {
    const tenants = wanted.filter((one) => one.region === region);
    const widest = Math.max(...tenants.map((one) => alignmentOf(one, alignment)));
    let left = freeBytes(board, region, residents, widest);
    for (const one of tenants) {
      if (one.spec.size === undefined) continue;
      const limit = Math.min(one.spec.size, left);
      limits.set(one, limit);
      left = Math.max(0, left - Math.ceil(limit / widest) * widest);
    }
    const open = tenants.filter((one) => one.spec.size === undefined);
    const workspace = open.filter(({ spec }) => spec.kind === "workspace");
    const constant = open.filter(({ spec }) => spec.kind === "constant");
    for (const group of [workspace, constant]) {
      if (group.length > 1) throw noSize(group);
    }
    for (const one of open) limits.set(one, left);
    if (workspace[0] !== undefined && constant[0] !== undefined) {
      leftovers.set(constant[0].spec.name, workspace[0].spec.name);
    }
  }
  return limits;
}

function alignmentOf({ spec }: Wanted, least: number): number {
  return Math.max(spec.alignment ?? 1, least);
}

function noSize(group: readonly Wanted[]): InputError {
  const names = group.map(({ spec }) => `"${spec.name}"`).join(" and ");
  const first = group[0];
  return new InputError(
    "E-PLAN-POOL",
    `Cannot share region "${first?.region.name}" between the ${first?.spec.kind} pools ${names}: none of them has a size, all but one need one`,
    {
      hints: [`Give a size, e.g. "name=${first?.spec.name};region=${first?.region.name};size=16K"`],
    },
  );
}

function noBytes({ spec, region }: Wanted, residents: readonly Resident[]): InputError {
  const others = residents.filter((one) => one.region === region.name && one.size > 0)
    .map((one) => `${one.name} ${formatBytes(one.size)}`);
  return new InputError(
    "E-PLAN-POOL",
    `Cannot make pool "${spec.name}": nothing is left of region "${region.name}" with ${
      formatBytes(region.length)
    }, 1 B or more is needed`,
    {
      hints: [
        `Other pools${
          others.length === 0 ? "" : ` and ${others.join(", ")}`
        } take the whole region`,
      ],
    },
  );
}
