/**
 * Planning from end to end: lifetimes, pools, candidates, placement, validation, pinned module.
 *
 * Variables and parameters are two problems, since they never share a pool: variables first, then
 * parameters in what those left of a shared region.
 *
 * @module
 */
import { InfeasibleError, InputError, PinmapError, UsageError } from "../base/error.ts";
import type { Board } from "../board/types.ts";
import type { IRModule } from "../ir/types.ts";
import { sizeOf } from "../ir/visit.ts";
import { chooseCandidates } from "./candidates.ts";
import { addCode } from "./cycles/code.ts";
import {
  accessesOf,
  boundInPlace,
  byCost,
  costReport,
  costsOf,
  cyclesPlanner,
  type KnownAccesses,
  totalIn,
} from "./cycles/planner.ts";
import { fixedPlaces } from "./fixed.ts";
import { inPlacePairs } from "./in_place.ts";
import { analyseLiveness, type LiveBuffer, type Liveness } from "./liveness.ts";
import { MisfitError } from "./misfit.ts";
import type { PlanOptions } from "./options.ts";
import { pinModule } from "./pinned.ts";
import { isPowerOfTwo } from "./pool_spec.ts";
import { constantPoolsAfter, makePools, type PoolSet } from "./pools.ts";
import { DEFAULT_PLANNER, findPlanner } from "./registry.ts";
import { findTvmPlanner } from "./tvm/planners.ts";
import type { Allocation, BufferCost, BufferInfo, BufferPair, Placement, Plan } from "./types.ts";
import type { PlanCycles, PlanProblem, PoolResult } from "./types.ts";
import type { Planner, Pool } from "./types.ts";
import { validatePlan } from "./validate.ts";
import type { ProblemEdit } from "./why/changes.ts";
import { explainOnBoard } from "./why/explain_board.ts";
import { planWithWishes } from "./wishes.ts";

/** TVM's default of `workspace-byte-alignment`. */
const DEFAULT_ALIGNMENT = 16;

/** What does not change when options do. */
interface Subject {
  readonly module: IRModule;
  readonly board: Board;
  readonly liveness: Liveness;
  /** Changes each problem before it is planned, to see whether that would help. */
  readonly edit?: ProblemEdit | undefined;
  /** Told which problem is planned now. */
  readonly onProblem?: ((problem: PlanProblem) => void) | undefined;
}

/** Pools with what is in them. */
interface Solution {
  readonly pools: readonly Pool[];
  readonly buffers: readonly BufferInfo[];
  readonly placements: readonly Placement[];
  /** Bytes that what is in each pool cannot do without. */
  readonly bounds: ReadonlyMap<string, number>;
  /** Input of each output that is written over it. */
  readonly inPlace: ReadonlyMap<string, string>;
  /** What it costs, if cycles were planned. */
  readonly cycles?: PlanCycles | undefined;
}

/**
 * Plans where every buffer and parameter of a module goes.
 *
 * @param module A module with a `__tvm_main__`; it stays as it is
 * @param board The board
 * @param options Pools, pins, planner, residents
 * @returns The validated plan with the pinned module
 * @throws {UsageError} If the module is malformed, an option has no meaning or the planner is unknown
 * @throws {InputError} If pools, pins, annotations and board contradict each other (E-PLAN-…)
 * @throws {InfeasibleError} If it does not fit (E-PLAN-FIT): which buffers are live together, bytes needed
 *   and available, and changes that help, each verified by planning again; or if stack, heap and data
 *   overflow their region (E-PLAN-RESIDENTS)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "../board/mod.ts";
 * import { moduleBuilder } from "../ir/mod.ts";
 * import { parsePoolSpec, plan } from "./mod.ts";
 *
 * const net = moduleBuilder("net");
 * const main = net.main();
 * const a = main.allocate("a", "int8", [1024], { input: "a" });
 * const b = main.allocate("b", "int8", [1024], { output: "b" });
 * main.call("pinmap_copy_s8", [a, b, 1024]);
 *
 * const board = await loadBoard("stm32f746g-disco");
 * const workspaceBuffers = [parsePoolSpec("name=dtcm;target=c;size=2K", "workspace")];
 * const { allocations, status } = plan(net.build(), board, { workspaceBuffers });
 * assertEquals(allocations.map(({ pool, offset }) => [pool, offset]), [["dtcm", 1024], ["dtcm", 0]]);
 * assertEquals(status, "optimal");
 * ```
 */
export function plan(module: IRModule, board: Board, options: PlanOptions = {}): Plan {
  const planner = plannerOf(options);
  if (!isPowerOfTwo(options.alignment ?? DEFAULT_ALIGNMENT)) {
    throw new UsageError(
      "E-PLAN-ALIGNMENT",
      `Cannot plan with an alignment of ${options.alignment} B: a power of two is needed`,
    );
  }
  const subject = { module, board, liveness: analyseLiveness(module) };
  const solution = solveOrExplain(subject, options);
  const byName = new Map(solution.placements.map((placement) => [placement.name, placement]));
  const allocations = solution.buffers.flatMap((buffer): Allocation[] => {
    const placement = byName.get(buffer.name);
    if (placement === undefined) return [];
    const { pool, offset } = placement;
    const inPlaceOf = solution.inPlace.get(buffer.name);
    return [{
      buffer,
      pool,
      offset,
      spilled: isSpilled(buffer, pool, solution.cycles?.buffers.get(buffer.name)),
      ...(inPlaceOf !== undefined && { inPlaceOf }),
    }];
  });
  const pools = solution.pools.map((pool) =>
    resultOf(pool, allocations, solution.bounds.get(pool.name) ?? 0)
  );
  return {
    board: board.name,
    module: pinModule(module, subject.liveness.buffers, allocations),
    algorithm: options.objective === "cycles" ? "cycles" : planner.name,
    // The bounds are those of the pools as they were filled: another choice might have filled them less.
    status: pools.every((pool) => pool.usedBytes === pool.lowerBoundBytes) &&
        !allocations.some(({ spilled }) => spilled)
      ? "optimal"
      : "feasible",
    pools,
    allocations,
    residents: options.residents ?? [],
    ...(solution.cycles !== undefined && { cycles: solution.cycles }),
  };
}

function plannerOf(options: PlanOptions): Planner {
  const { algorithm = DEFAULT_PLANNER, tvmCompatible = false, objective, profile } = options;
  if (objective === "cycles" && (options.algorithm !== undefined || tvmCompatible)) {
    throw new UsageError(
      "E-PLAN-OBJECTIVE",
      `Cannot plan by cycles with ${
        tvmCompatible ? "TVM's offsets" : `the algorithm ${algorithm}`
      }: planning by cycles has a search of its own, one of the two is needed`,
    );
  }
  if (objective !== "cycles" && profile !== undefined) {
    throw new UsageError(
      "E-PLAN-OBJECTIVE",
      "Cannot use a profile to plan by bytes: it says how often buffers are used, the objective cycles is needed",
    );
  }
  return tvmCompatible ? findTvmPlanner(algorithm) : findPlanner(algorithm);
}

function solveOrExplain(subject: Subject, options: PlanOptions): Solution {
  let problem: PlanProblem | undefined;
  try {
    return solve({ ...subject, onProblem: (one) => problem = one }, options);
  } catch (error) {
    if (!(error instanceof InfeasibleError) || error.code === "E-PLAN-RESIDENTS") throw error;
    const { module, board, liveness } = subject;
    const alignments = liveness.buffers.map((buffer) =>
      alignmentOf(buffer, options.alignment ?? DEFAULT_ALIGNMENT)
    );
    throw explainOnBoard(error, {
      ...{ module, board, liveness, options, problem },
      algorithm: plannerOf(options).name,
      pools: poolsFor(board, options, alignments).pools,
      tries: (others, edit, upTo) =>
        failureOf({ ...subject, edit }, {
          ...others,
          // The limits of the search that failed are used up.
          control: undefined,
          // Whoever names an algorithm does not plan by cycles.
          ...(others.algorithm !== undefined && { objective: undefined, profile: undefined }),
        }, upTo),
    });
  }
}

/** Plans variables, then parameters; `upTo` leaves the parameters out, without `byCycles` any plan will do. */
function solve(
  subject: Subject,
  options: PlanOptions,
  upTo: "workspace" | "constant" = "constant",
  byCycles = options.objective === "cycles",
): Solution {
  const { module, board, liveness } = subject;
  const planner = plannerOf(options);
  const alignments = liveness.buffers.map((buffer) =>
    alignmentOf(buffer, options.alignment ?? DEFAULT_ALIGNMENT)
  );
  const set = poolsFor(board, options, alignments);
  const candidates = chooseCandidates(module, liveness.buffers, set.pools, options.pins);
  const fixed = fixedPlaces(liveness.buffers, candidates, options.pins);
  const known = byCycles ? accessesOf(module, liveness.buffers, board, options.profile) : undefined;
  const costs = costsOf(board, set.pools, set.leftovers);
  const inOrder = liveness.buffers.map((buffer, i): BufferInfo => ({
    name: buffer.name,
    func: buffer.func.name,
    size: sizeOf(buffer.node),
    alignment: alignments[i] ?? DEFAULT_ALIGNMENT,
    kind: buffer.kind,
    role: buffer.role,
    candidates: candidates.get(buffer.name) ?? [],
    intervals: buffer.intervals,
    ...accessesFor(known, buffer.name),
  }));
  // Where cycles are planned the order of the candidates says what they cost.
  const buffers = known === undefined ? inOrder : inOrder.map((buffer) => byCost(buffer, costs));
  const wishes = wishesOf(subject, options);
  if (known !== undefined) {
    const whole = { pools: set.pools, buffers, ...wishes, fixed: [...fixed.values()] };
    const all = subject.edit?.(whole) ?? whole;
    const found = planByCycles(all, set, { board, known, options });
    if (found !== undefined) return found;
  }
  const bounds = new Map<string, number>();
  const runPlanner = (kind: Pool["kind"], pools: readonly Pool[]): readonly Placement[] => {
    const members = buffers.filter((buffer) => buffer.kind === kind);
    const names = new Set(members.map(({ name }) => name));
    const given: PlanProblem = {
      pools,
      buffers: members,
      ...(kind === "workspace" && wishes),
      fixed: [...fixed.values()].filter(({ name }) => names.has(name)),
    };
    const problem = subject.edit?.(given) ?? given;
    subject.onProblem?.(problem);
    const found = planWithWishes(planner, problem, options.control);
    for (const [pool, bytes] of found.bounds) bounds.set(pool, bytes);
    mustBeValid(problem, found.placements, planner.name);
    return found.placements;
  };
  const workspace = set.pools.filter((pool) => pool.kind === "workspace");
  const variables = runPlanner("workspace", workspace);
  const inPlace = sharedPlaces(wishes.inPlace ?? [], variables);
  if (upTo === "workspace") {
    return { pools: workspace, buffers, placements: variables, bounds, inPlace };
  }
  const constant = constantPoolsAfter(set, usedBytes(buffers, variables));
  const parameters = runPlanner("constant", constant);
  const placements = [...variables, ...parameters];
  const pools = [...workspace, ...constant];
  return {
    pools,
    buffers,
    placements,
    bounds,
    inPlace,
    ...(known !== undefined && {
      cycles: costReport(buffers, placements, costs, known, {
        lowerBound: boundInPlace(
          { pools: set.pools, buffers },
          wishes.inPlace ?? [],
          costs,
          totalIn(buffers, placements, costs),
        ),
        functions: [],
        largestFirst: undefined,
        nodes: 0,
      }),
    }),
  };
}

/** Where cycles are planned, a pool that costs the same is as good as the first. */
function isSpilled(
  { candidates }: BufferInfo,
  pool: string,
  cost: BufferCost | undefined,
): boolean {
  if (cost === undefined) return pool !== candidates[0];
  return cost.cycles > (cost.nextBest?.cycles ?? Infinity);
}

function accessesFor(
  known: KnownAccesses | undefined,
  name: string,
): Pick<BufferInfo, "accesses"> {
  const accesses = known?.accesses.get(name);
  return accesses === undefined ? {} : { accesses: [accesses] };
}

/** Plans variables and parameters together; nothing if no plan is found, which others may explain. */
function planByCycles(
  problem: PlanProblem,
  set: PoolSet,
  { board, known, options }: {
    readonly board: Board;
    readonly known: KnownAccesses;
    readonly options: PlanOptions;
  },
): Solution | undefined {
  const { profile, residents = [] } = options;
  const ofData = costsOf(board, set.pools, set.leftovers);
  const code = (profile?.functions ?? []).length === 0 || profile === undefined
    ? undefined
    : addCode(problem, ofData, board, residents, profile);
  const { problem: whole, costs } = code ?? { problem, costs: ofData };
  const planner = cyclesPlanner(costs, options.choiceSolver);
  let found;
  try {
    found = planWithWishes(planner, whole, options.control);
  } catch (error) {
    if (error instanceof MisfitError) return undefined;
    throw error;
  }
  const { bounds } = found;
  const { placements, functions } = code?.split(found.placements) ??
    { placements: found.placements, functions: [] };
  const { buffers, inPlace = [] } = problem;
  const workspace = set.pools.filter((pool) => pool.kind === "workspace");
  const constant = constantPoolsAfter(set, usedBytes(buffers, placements));
  const pools = [...workspace, ...constant];
  mustBeValid({ ...problem, pools }, placements, planner.name);
  const result = planner.resultOf(found.placements);
  const total = planner.weigh?.(whole, found.placements) ?? 0;
  const lowerBound = inPlace.length === 0
    ? result?.bound ?? 0
    : boundInPlace(whole, inPlace, costs, total);
  return {
    pools,
    buffers,
    placements,
    bounds,
    inPlace: sharedPlaces(inPlace, placements),
    cycles: costReport(buffers, placements, ofData, known, {
      functions,
      lowerBound,
      // Of plans in place and not, the last is the one that is not.
      largestFirst: planner.results.at(-1)?.baseline,
      nodes: planner.results.reduce((sum, { nodes }) => sum + nodes, 0),
    }),
  };
}

/** The pairs that have one place, by the output's name. */
function sharedPlaces(
  pairs: readonly BufferPair[],
  placements: readonly Placement[],
): ReadonlyMap<string, string> {
  const places = new Map(placements.map((one) => [one.name, one]));
  return new Map(pairs.flatMap(([a, b]) => {
    const [x, y] = [places.get(a), places.get(b)];
    return x?.pool === y?.pool && x?.offset === y?.offset ? [[b, a]] : [];
  }));
}

/** Pairs among the variables; TVM's own algorithms know none. */
function wishesOf(
  { module, liveness }: Subject,
  { apart, together, inPlace = false, tvmCompatible = false }: PlanOptions,
): Pick<PlanProblem, "apart" | "together" | "inPlace"> {
  if (!tvmCompatible) {
    return { apart, together, inPlace: inPlace ? inPlacePairs(module, liveness.buffers) : [] };
  }
  if ((apart ?? []).length + (together ?? []).length === 0 && !inPlace) return {};
  throw new UsageError(
    "E-PLAN-WISH",
    "Cannot plan as TVM does with pairs or in place: TVM's algorithms know neither, another planner is needed",
  );
}

function poolsFor(board: Board, options: PlanOptions, alignments: readonly number[]): PoolSet {
  const least = alignments.reduce(
    (most, alignment) => Math.max(most, alignment),
    options.alignment ?? DEFAULT_ALIGNMENT,
  );
  const parametersInRam = options.objective === "cycles";
  return makePools(board, { ...options, parametersInRam, alignment: least });
}

function alignmentOf({ name, func, node }: LiveBuffer, byDefault: number): number {
  const { alignment } = node.annotations;
  if (alignment === undefined) return byDefault;
  if (typeof alignment !== "number" || !isPowerOfTwo(alignment)) {
    throw new InputError(
      "E-PLAN-ALIGNMENT",
      `Cannot place buffer "${name}" of function "${func.name}": its alignment is ${
        JSON.stringify(alignment)
      }, a power of two is needed`,
    );
  }
  return alignment;
}

function usedBytes(
  buffers: readonly BufferInfo[],
  placements: readonly Placement[],
): ReadonlyMap<string, number> {
  const sizes = new Map(buffers.map((buffer) => [buffer.name, buffer.size]));
  const used = new Map<string, number>();
  for (const { name, pool, offset } of placements) {
    used.set(pool, Math.max(used.get(pool) ?? 0, offset + (sizes.get(name) ?? 0)));
  }
  return used;
}

function resultOf(
  pool: Pool,
  allocations: readonly Allocation[],
  lowerBoundBytes: number,
): PoolResult {
  const inside = allocations.filter((allocation) => allocation.pool === pool.name);
  return {
    pool,
    usedBytes: inside.reduce((top, { offset, buffer }) => Math.max(top, offset + buffer.size), 0),
    lowerBoundBytes,
  };
}

/** A plan that the validator refuses is a defect of the planner, not of the input. */
function mustBeValid(
  problem: PlanProblem,
  placements: readonly Placement[],
  algorithm: string,
): void {
  const violations = validatePlan(problem, placements);
  if (violations.length === 0) return;
  throw new PinmapError(
    "E-PLAN-INVALID",
    `Cannot use the plan of ${algorithm}: ${violations[0]?.message}, a valid plan is needed`,
    {
      hints: ["This is a defect of pinmap; please report it with the module and the board"],
      data: { violations },
    },
  );
}

/** What planning throws; nothing if it succeeds. */
function failureOf(
  subject: Subject,
  options: PlanOptions,
  upTo: "workspace" | "constant",
): unknown {
  let failure: unknown;
  // Any plan will do; the search by cycles, which takes longer, finds some that the planner does not.
  for (const byCycles of options.objective === "cycles" ? [false, true] : [false]) {
    try {
      solve(subject, options, upTo, byCycles);
      return undefined;
    } catch (error) {
      // A change may also contradict the board, e.g. leave another pool without a byte.
      if (!(error instanceof InfeasibleError || error instanceof InputError)) throw error;
      failure = error;
    }
  }
  return failure;
}
