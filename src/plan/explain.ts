/**
 * What would help when buffers do not fit. Each change is one that the user can type, and none is
 * suggested that was not verified by planning again with it.
 *
 * @module
 */
import type { PlanChange } from "../base/documents.ts";
import { formatBytes } from "../base/units.ts";
import type { Board, Region } from "../board/types.ts";
import { maxLive } from "./bound.ts";
import { flagOf, reachablePools } from "./candidates.ts";
import type { LiveBuffer } from "./liveness.ts";
import type { Misfit } from "./misfit.ts";
import type { PlanOptions } from "./options.ts";
import type { Pin } from "./pins.ts";
import { formatPoolSpec, type PoolSpec } from "./pool_spec.ts";
import { suits } from "./pools.ts";
import type { BufferInfo, Pool } from "./types.ts";
import { growthsOf, otherPlanner, type Search } from "./why/changes.ts";
import { leastLimit } from "./why/least.ts";
import { looserDemands } from "./why/looser.ts";

/** What suggestions are looked for in. */
export interface Situation {
  /** Why it does not fit. */
  readonly misfit: Misfit;
  /** Board. */
  readonly board: Board;
  /** What the user asked for. */
  readonly options: PlanOptions;
  /** All pools. */
  readonly pools: readonly Pool[];
  /** The module's buffers, by name. */
  readonly buffers: ReadonlyMap<string, LiveBuffer>;
  /** Targets of the functions, by name. */
  readonly targets: ReadonlyMap<string, string>;
  /** Plans with other options: whether everything fits then. */
  readonly fits: (options: PlanOptions) => boolean;
  /** What stands in the way, and how to look for changes of buffers. */
  readonly search: Search;
}

/** Trials for one kind of change; explanations must not take minutes. */
const MAX_TRIALS = 64;

/**
 * Looks for changes that make everything fit.
 *
 * @param situation What was asked for and why it failed
 * @returns At most a few changes of each kind, those that change least first
 */
export function findChanges(situation: Situation): readonly PlanChange[] {
  return [
    ...anotherPlanner(situation),
    ...allowPool(situation, situation.options, situation.pools),
    ...growPool(situation),
    ...moveResident(situation),
    ...addPool(situation),
    ...looserDemands(situation.search),
  ];
}

/** Another planner, where no proof says that none can help. */
function anotherPlanner({ options, search }: Situation): readonly PlanChange[] {
  const without = options.tvmCompatible
    ? " without --tvm-compatible"
    : options.objective === "cycles"
    ? " without --objective cycles"
    : "";
  return otherPlanner(search).map((change) => ({
    ...change,
    text: change.text.replace(/,|$/, `${without}$&`),
  }));
}

/** The smallest buffer that is enough, or the fewest of the largest, into one more existing pool. */
function allowPool(
  situation: Situation,
  options: PlanOptions,
  pools: readonly Pool[],
): readonly PlanChange[] {
  const { misfit, fits } = situation;
  const movable = misfit.live.map((buffer) => ({
    buffer,
    extra: otherPools(situation, buffer, pools),
  }))
    .filter(({ extra }) => extra.length > 0);
  const tries = (pins: readonly Pin[]) =>
    fits({ ...options, pins: [...options.pins ?? [], ...pins] });
  const singles = movable.toReversed()
    .flatMap(({ buffer, extra }) => extra.map((pool) => ({ buffer, pool })))
    .slice(0, MAX_TRIALS);
  for (const { buffer, pool } of singles) {
    const pin = widened(buffer, [pool]);
    if (tries([pin])) return [allowing([pin], [buffer], [pool])];
  }
  for (let count = 2; count <= Math.min(movable.length, MAX_TRIALS); count++) {
    const chosen = movable.slice(0, count);
    const pins = chosen.map(({ buffer, extra }) => widened(buffer, extra));
    if (tries(pins)) {
      const names = new Set(chosen.flatMap(({ extra }) => extra));
      return [allowing(pins, chosen.map(({ buffer }) => buffer), [...names])];
    }
  }
  return [];
}

function otherPools(
  { buffers, targets }: Situation,
  buffer: BufferInfo,
  pools: readonly Pool[],
): readonly string[] {
  const live = buffers.get(buffer.name);
  if (live === undefined) return [];
  return reachablePools(live, pools, targets).map((pool) => pool.name)
    .filter((name) => !buffer.candidates.includes(name));
}

function widened(buffer: BufferInfo, pools: readonly string[]): Pin {
  return { pattern: buffer.name, pools: [...buffer.candidates, ...pools] };
}

function allowing(
  pins: readonly Pin[],
  buffers: readonly BufferInfo[],
  pools: readonly string[],
): PlanChange {
  const what = buffers.map(({ name, size }) => `"${name}" (${formatBytes(size)})`).join(", ");
  return {
    kind: "allow",
    text: `Allow ${what} also in ${pools.map((name) => `"${name}"`).join(", ")}`,
    flags: pins.map((pin) => `--pin "${pin.pattern}=${pin.pools.join(",")}"`),
  };
}

/** The least size, by bisection, of each pool whose limit is a flag's and not its region's. */
function growPool(situation: Situation): readonly PlanChange[] {
  const { misfit, board, options, fits, search } = situation;
  const kind = misfit.failed.kind;
  const { part, verdict } = search.diagnosis;
  return misfit.pools.flatMap((pool): readonly PlanChange[] => {
    const spec = specsOf(options, kind).find((one) => one.name === pool.name);
    const region = board.regions.find((one) => one.name === pool.region);
    if (spec?.size === undefined || region === undefined || verdict.answer === "fits") return [];
    const sized = (size: number): PlanOptions =>
      withSpecs(
        options,
        kind,
        specsOf(options, kind).map((one) => one === spec ? { ...spec, size } : one),
      );
    return growthsOf(pool, leastLimit(part, pool.name, search.oracle, region.length), {
      most: region.length,
      live: maxLive(part.buffers).bytes,
      fits: (size) => fits(sized(size)),
      fitsExactly: (size) =>
        search.algorithm !== "exact" && options.objective !== "cycles" &&
        fits({ ...sized(size), algorithm: "exact", tvmCompatible: false }),
      flagOf: (size) => [flagText(kind, { ...spec, size })],
    });
  });
}

/** Stack, heap or static data into another region. */
function moveResident({ misfit, board, options, fits }: Situation): readonly PlanChange[] {
  const residents = options.residents ?? [];
  const regions = new Set(misfit.pools.map((pool) => pool.region));
  return residents.flatMap((resident) => {
    if (resident.size === 0 || !regions.has(resident.region)) return [];
    const home = board.regions.find((region) =>
      suits(region, "workspace") && !regions.has(region.name) &&
      region.initiators.includes("c") &&
      fits({
        ...options,
        residents: residents.map((one) => one === resident ? { ...one, region: region.name } : one),
      })
    );
    if (home === undefined) return [];
    return [{
      kind: "move" as const,
      text: `Move the ${resident.name} (${
        formatBytes(resident.size)
      }) from region "${resident.region}" to "${home.name}"`,
      flags: resident.name === "data" ? [] : [`--${resident.name}-region ${home.name}`],
    }];
  });
}

/** A pool in a region of the board that has none of the kind; if need be with a buffer allowed in it. */
function addPool(situation: Situation): readonly PlanChange[] {
  const { misfit, board, options, pools, fits } = situation;
  const kind = misfit.failed.kind;
  const spare = spareRegions(board, pools, kind);
  for (const region of spare) {
    const { name, wider, flags } = withPool(options, pools, kind, region.name);
    const text = `Add a ${kind} pool in region "${region.name}"`;
    if (fits(wider)) return [{ kind: "add", text, flags }];
    const added: Pool = {
      name,
      region: region.name,
      kind,
      targets: region.initiators,
      limitBytes: region.length,
      alignment: 1,
      properties: {},
    };
    const allowed = allowPool(situation, wider, [added])[0];
    if (allowed !== undefined) {
      return [{
        kind: "add",
        text: `${text}, and allow ${allowed.text.slice("Allow ".length)}`,
        flags: [...flags, ...allowed.flags],
      }];
    }
  }
  return [];
}

/** Regions that could hold a pool of a kind and do not. */
export function spareRegions(
  board: Board,
  pools: readonly Pool[],
  kind: Pool["kind"],
): readonly Region[] {
  return board.regions.filter((region) =>
    suits(region, kind) && !pools.some((pool) => pool.kind === kind && pool.region === region.name)
  );
}

/** Options with one more pool, and the flags that say so. */
export function withPool(
  options: PlanOptions,
  pools: readonly Pool[],
  kind: Pool["kind"],
  region: string,
): { readonly name: string; readonly wider: PlanOptions; readonly flags: readonly string[] } {
  const specs = specsOf(options, kind);
  // A flag replaces the default pools of its kind, so they have to be named too.
  const kept = specs.length > 0 ? specs : pools.filter((pool) => pool.kind === kind)
    .map(({ name, region }) => name === region ? { name, kind } : { name, kind, region });
  const taken = pools.some((pool) => pool.name === region);
  const name = taken ? `${region}_${kind === "constant" ? "params" : "work"}` : region;
  const spec: PoolSpec = taken ? { name, kind, region } : { name, kind };
  const named = specs.length > 0 ? [spec] : [...kept, spec];
  return {
    name,
    wider: withSpecs(options, kind, [...kept, spec]),
    flags: named.map((one) => flagText(kind, one)),
  };
}

function specsOf(options: PlanOptions, kind: Pool["kind"]): readonly PoolSpec[] {
  return (kind === "workspace" ? options.workspaceBuffers : options.parameterBuffers) ?? [];
}

function withSpecs(
  options: PlanOptions,
  kind: Pool["kind"],
  specs: readonly PoolSpec[],
): PlanOptions {
  return kind === "workspace"
    ? { ...options, workspaceBuffers: specs }
    : { ...options, parameterBuffers: specs };
}

function flagText(kind: Pool["kind"], spec: PoolSpec): string {
  return `${flagOf(kind)} "${formatPoolSpec(spec)}"`;
}
