/**
 * Functions take part: each is an item beside buffers and parameters, for every region that code can run from.
 * What a function costs in a region is the waits of a new line of code times the lines of the region's width
 * that a profile counted for it.
 *
 * @module
 */
import { canonicalAddress } from "../../board/lookup.ts";
import type { ProfileDocument } from "../../base/documents.ts";
import type { Board, Region } from "../../board/types.ts";
import { freeBytes } from "../regions.ts";
import type {
  BufferInfo,
  FunctionCost,
  Interval,
  Placement,
  PlanProblem,
  Pool,
  Resident,
} from "../types.ts";
import type { Cost } from "./accesses.ts";
import type { PoolCosts } from "./model.ts";

/** Bytes beside a function for the linker's long branches to and from it. */
const VENEER_BYTES = 16;

/** Ports of the core for code. */
const CODE_PORTS = ["itcm", "i-code"];

/** A problem with functions in it. */
export interface WithCode {
  /** The problem with pools and items for code. */
  readonly problem: PlanProblem;
  /** What pools cost and share. */
  readonly costs: PoolCosts;
  /** The given plan without functions, and where these are to run. */
  split(placements: readonly Placement[]): {
    readonly placements: readonly Placement[];
    readonly functions: readonly FunctionCost[];
  };
}

/**
 * Adds functions to a problem.
 *
 * @param problem Pools and buffers of both kinds
 * @param costs What they cost and share
 * @param board The board
 * @param residents Stack, heap and static data
 * @param profile Who counted
 */
export function addCode(
  problem: PlanProblem,
  costs: PoolCosts,
  board: Board,
  residents: readonly Resident[],
  { functions = [], inferences }: ProfileDocument,
): WithCode {
  const home = board.regions.find((region) => isIn(region, board));
  const regions = board.regions.filter((region) =>
    region.access.execute && region.initiators.includes("c") &&
    (region === home || region.kind === "ram")
  );
  // Of regions that cost the same, one that gives code a port of its own.
  const ranked = regions.toSorted((a, b) =>
    Number(CODE_PORTS.includes(b.port ?? "")) - Number(CODE_PORTS.includes(a.port ?? ""))
  );
  const leftovers = new Map(costs.leftovers);
  const pools = ranked.flatMap((region): Pool[] => {
    const name = poolName(region.name);
    const own = problem.pools.filter((pool) => pool.region === region.name);
    const alignment = own.reduce((most, pool) => Math.max(most, pool.alignment), 4);
    const free = freeBytes(board, region, residents, alignment);
    const taken = own.reduce((sum, pool) => sum + pool.limitBytes, 0);
    // A pool that has all that is left shares it; pools with sizes of their own leave the rest.
    const open = own.find((pool) => !costs.leftovers.has(pool.name) && taken >= free);
    if (open !== undefined) leftovers.set(name, costs.leftovers.get(open.name) ?? open.name);
    const limitBytes = open?.limitBytes ?? Math.max(0, free - taken);
    if (limitBytes === 0) return [];
    return [{
      name,
      region: region.name,
      kind: "constant",
      targets: ["c"],
      limitBytes,
      alignment,
      properties: {},
    }];
  });
  const always = alwaysOf(problem.buffers);
  const given = new Map<string, ReadonlyMap<string, Cost>>();
  const buffers = functions.map((one): BufferInfo => {
    const name = itemName(one.name);
    given.set(
      name,
      new Map(regions.map((region) => [poolName(region.name), fetchCost(one, region, inferences)])),
    );
    return {
      name,
      func: one.name,
      size: Math.ceil(one.size / 4) * 4 + VENEER_BYTES,
      alignment: 4,
      kind: "constant",
      candidates: pools.map((pool) => pool.name),
      intervals: [always],
    };
  });
  return {
    problem: {
      ...problem,
      pools: [...problem.pools, ...pools],
      buffers: [...problem.buffers, ...buffers],
    },
    costs: {
      memories: new Map([
        ...costs.memories,
        ...pools.map(({ name }) => [name, { read: 0, write: 0, lineBytes: 4 }] as const),
      ]),
      leftovers,
      given,
      home: home && poolName(home.name),
    },
    split(placements) {
      const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
      return {
        placements: placements.filter(({ name }) => !given.has(name)),
        functions: functions.map(({ name, size }): FunctionCost => {
          const own = given.get(itemName(name)) ?? new Map<string, Cost>();
          const pool = poolOf.get(itemName(name)) ?? "";
          const [next] = pools.filter((other) => other.name !== pool)
            .map((other) => ({ region: other.region, cycles: own.get(other.name)?.cycles ?? 0 }))
            .sort((a, b) => a.cycles - b.cycles);
          const region = pools.find((one) => one.name === pool)?.region ?? "";
          return { name, region, size, cycles: own.get(pool)?.cycles ?? 0, nextBest: next };
        }),
      };
    },
  };
}

function fetchCost(
  { instructions, lines }: NonNullable<ProfileDocument["functions"]>[number],
  { waitStates, width = 32 }: Region,
  inferences: number,
): Cost {
  // A width that nobody counted is taken as the next smaller one, which has more lines.
  const widths = Object.keys(lines).map(Number).filter((bits) => bits <= width);
  const times = (lines[String(Math.max(...widths))] ?? instructions) / inferences;
  const waits = waitStates?.fetch;
  return { cycles: Math.round(times * (waits ?? 0)), unknown: waits === undefined ? times : 0 };
}

function isIn({ origin, length }: Region, board: Board): boolean {
  const address = canonicalAddress(board, board.vectorTable) ?? board.vectorTable;
  return address >= origin && address < origin + length;
}

function alwaysOf(buffers: readonly BufferInfo[]): Interval {
  return {
    first: 0,
    last: buffers.reduce((most, one) => Math.max(most, one.intervals.at(-1)?.last ?? 0), 0),
  };
}

/** Names of buffers are identifiers, so these are nobody's. */
function itemName(symbol: string): string {
  return `code ${symbol}`;
}

function poolName(region: string): string {
  return `code in ${region}`;
}
