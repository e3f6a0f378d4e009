/**
 * Candidate annotation (RFC 0023, P1): which pools each buffer may end up in, in order of preference.
 *
 * A pin from the command line comes first, then the module's `candidate_memory_pools`, then the pool in
 * the storage scope (`global.dtcm`); a buffer without any of these may go into every pool of its kind
 * that all functions which touch it can reach. Whatever is said is checked: TVM takes an
 * annotated pool without asking whether the function's target reaches it.
 *
 * @module
 */
import { InfeasibleError, InputError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import { type AnnotationValue, CANDIDATE_MEMORY_POOLS, type IRModule } from "../ir/types.ts";
import { mapAllocations } from "../ir/visit.ts";
import { analyseLiveness, keyOf, type LiveBuffer } from "./liveness.ts";
import { matchPins, type Pin } from "./pins.ts";
import type { Pool } from "./types.ts";

/** TVM's scope of buffers between operators; a tag of a place in TVM, not of a memory. */
const TVM_WORKSPACE = "workspace";

/**
 * Chooses the candidates of each buffer.
 *
 * @param module The module
 * @param buffers Its buffers, from {@linkcode analyseLiveness}
 * @param pools All pools, in order of preference
 * @param pins Pins from the command line
 * @returns Names of pools in order of preference, by name of the buffer
 * @throws {InputError} If a pin matches nothing (E-PLAN-PIN-NOTHING), an annotation is no list of names
 *   (E-PLAN-ANNOTATION), a pool does not exist (E-PLAN-POOL-UNKNOWN) or is of the other kind (E-PLAN-POOL-KIND)
 * @throws {InfeasibleError} If a pool is out of reach (E-PLAN-REACH)
 */
export function chooseCandidates(
  module: IRModule,
  buffers: readonly LiveBuffer[],
  pools: readonly Pool[],
  pins: readonly Pin[] = [],
): ReadonlyMap<string, readonly string[]> {
  const pinned = matchPins(pins, buffers.map((buffer) => buffer.name));
  const targets = new Map(module.functions.map((func) => [func.name, func.target]));
  return new Map(buffers.map((buffer) => {
    const pin = pinned.get(buffer.name);
    const names = pin === undefined ? annotated(buffer, pools) : pinnedTo(buffer, pin, pools);
    if (names === undefined) return [buffer.name, reachable(buffer, pools, targets)];
    const source = pin === undefined ? `annotated with` : `pinned by "${pin.pattern}" to`;
    for (const name of names) checkCandidate(buffer, name, source, pools, targets);
    return [buffer.name, names];
  }));
}

/**
 * Writes candidates into a module.
 *
 * @param module A module with a `__tvm_main__`
 * @param pools All pools, in order of preference
 * @param pins Pins from the command line
 * @returns The same module in which every allocate carries `candidate_memory_pools`
 * @throws {InputError} If a pin matches nothing (E-PLAN-PIN-NOTHING), an annotation is no list of names
 *   (E-PLAN-ANNOTATION), a pool does not exist (E-PLAN-POOL-UNKNOWN) or is of the other kind (E-PLAN-POOL-KIND)
 * @throws {InfeasibleError} If a pool is out of reach (E-PLAN-REACH)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "../board/mod.ts";
 * import { allocationsOf, moduleBuilder } from "../ir/mod.ts";
 * import { annotateCandidates } from "./candidates.ts";
 * import { parsePin } from "./pins.ts";
 * import { makePools } from "./pools.ts";
 *
 * const net = moduleBuilder("net");
 * net.main().allocate("op0_out", "int8", [64]);
 * const { pools } = makePools(await loadBoard("stm32f407g-disco"), { alignment: 16 });
 * const annotated = annotateCandidates(net.build(), pools, [parsePin("op0_*=ccm")]);
 * assertEquals(
 *   annotated.functions.flatMap(allocationsOf).map((node) => node.annotations),
 *   [{ candidate_memory_pools: ["ccm"] }],
 * );
 * ```
 */
export function annotateCandidates(
  module: IRModule,
  pools: readonly Pool[],
  pins: readonly Pin[] = [],
): IRModule {
  const { buffers } = analyseLiveness(module);
  const candidates = chooseCandidates(module, buffers, pools, pins);
  const byKey = new Map(
    buffers.map((buffer) => [keyOf(buffer.func, buffer.node), candidates.get(buffer.name) ?? []]),
  );
  return mapAllocations(module, (node, func) => ({
    annotations: {
      ...node.annotations,
      [CANDIDATE_MEMORY_POOLS]: byKey.get(keyOf(func, node)) ?? [],
    },
  }));
}

/** Pools of a buffer's kind that everyone who touches it reaches. */
export function reachablePools(
  buffer: Pick<LiveBuffer, "kind" | "users">,
  pools: readonly Pool[],
  targets: ReadonlyMap<string, string>,
): readonly Pool[] {
  return pools.filter((pool) =>
    pool.kind === buffer.kind &&
    buffer.users.every((user) => pool.targets.includes(targets.get(user) ?? ""))
  );
}

/** One pin may name pools of both kinds; each buffer takes those of its own, if there is one. */
function pinnedTo(buffer: LiveBuffer, pin: Pin, pools: readonly Pool[]): readonly string[] {
  const kinds = new Map(pools.map((pool) => [pool.name, pool.kind]));
  const own = pin.pools.filter((name) => (kinds.get(name) ?? buffer.kind) === buffer.kind);
  return own.length > 0 ? own : pin.pools;
}

function annotated(buffer: LiveBuffer, pools: readonly Pool[]): readonly string[] | undefined {
  const { annotations, scope } = buffer.node;
  if (Object.hasOwn(annotations, CANDIDATE_MEMORY_POOLS)) {
    return readNames(buffer, annotations[CANDIDATE_MEMORY_POOLS]);
  }
  const tag = scope.slice("global.".length);
  if (tag === "") return undefined;
  return tag === TVM_WORKSPACE && !pools.some((pool) => pool.name === tag) ? undefined : [tag];
}

function readNames(buffer: LiveBuffer, value: AnnotationValue | undefined): readonly string[] {
  const names: readonly AnnotationValue[] = Array.isArray(value) ? value : [];
  const good = names.filter((name) => typeof name === "string");
  if (good.length === 0 || good.length !== names.length || new Set(good).size !== good.length) {
    throw new InputError(
      "E-PLAN-ANNOTATION",
      `Cannot place buffer "${buffer.name}" of function "${buffer.func.name}": its ${CANDIDATE_MEMORY_POOLS} is ${
        JSON.stringify(value)
      }, a list of different pool names is needed`,
    );
  }
  return good;
}

function reachable(
  buffer: LiveBuffer,
  pools: readonly Pool[],
  targets: ReadonlyMap<string, string>,
): readonly string[] {
  const found = reachablePools(buffer, pools, targets);
  if (found.length > 0) return found.map((pool) => pool.name);
  const users = buffer.users.map((user) => `"${user}" on "${targets.get(user)}"`).join(", ");
  const known = pools.filter((pool) => pool.kind === buffer.kind)
    .map((pool) => `${pool.name} (${pool.targets.join(", ")})`).join(", ");
  throw new InfeasibleError(
    "E-PLAN-REACH",
    `Cannot place buffer "${buffer.name}": it is touched by ${users}, and no ${buffer.kind} pool is reached by all of them`,
    {
      hints: [
        known === "" ? `There is no ${buffer.kind} pool` : `Pools and who reaches them: ${known}`,
        ...unknownTargets(buffer, pools, targets),
      ],
      data: { buffer: buffer.name, users: buffer.users },
    },
  );
}

/** A target that no pool knows is often one that the board file does not have either. */
function unknownTargets(
  buffer: LiveBuffer,
  pools: readonly Pool[],
  targets: ReadonlyMap<string, string>,
): readonly string[] {
  const unknown = new Set(buffer.users.map((user) => targets.get(user) ?? ""))
    .difference(new Set(pools.flatMap((pool) => pool.targets)));
  return [...unknown].map((target) =>
    `If the board has no "${target}", add it with --initiator "name=${target};regions=REGION,..."`
  );
}

function checkCandidate(
  buffer: LiveBuffer,
  name: string,
  source: string,
  pools: readonly Pool[],
  targets: ReadonlyMap<string, string>,
): void {
  const what = `Cannot place buffer "${buffer.name}" ${source} "${name}"`;
  const pool = pools.find((one) => one.name === name);
  if (pool === undefined) {
    const names = pools.filter((one) => one.kind === buffer.kind).map((one) => one.name);
    const guess = closest(name, names);
    throw new InputError(
      "E-PLAN-POOL-UNKNOWN",
      `${what}: there is no such pool, one of ${names.join(", ")} is needed`,
      {
        hints: [
          ...(guess === undefined ? [] : [`Did you mean "${guess}"?`]),
          `If "${name}" is a region of the board, make a pool in it with ${
            flagOf(buffer.kind)
          } "name=${name}"`,
        ],
        data: { buffer: buffer.name, pool: name },
      },
    );
  }
  if (pool.kind !== buffer.kind) {
    throw new InputError(
      "E-PLAN-POOL-KIND",
      `${what}: the buffer is a ${
        buffer.kind === "constant" ? "parameter" : "variable"
      } and the pool is a ${pool.kind} pool, a ${buffer.kind} pool is needed`,
      {
        hints: [
          `Make a ${buffer.kind} pool in the same region with ${
            flagOf(buffer.kind)
          } "name=${name}_${buffer.kind === "constant" ? "params" : "work"};region=${pool.region}"`,
          "A pin of variables and parameters together may name pools of both kinds",
        ],
        data: { buffer: buffer.name, pool: name },
      },
    );
  }
  for (const user of buffer.users) {
    const target = targets.get(user) ?? "";
    if (pool.targets.includes(target)) continue;
    const others = reachablePools(buffer, pools, targets).map((one) => one.name);
    throw new InfeasibleError(
      "E-PLAN-REACH",
      `${what}: function "${user}" touches it and runs on target "${target}", the pool in region "${pool.region}" is reached by ${
        pool.targets.join(", ")
      } only`,
      {
        hints: others.length === 0
          ? ["No pool is reached by all functions that touch it"]
          : [`Pools that all its functions reach: ${others.join(", ")}`],
        data: { buffer: buffer.name, pool: name, function: user, target },
      },
    );
  }
}

/** The flag that makes pools of a kind. */
export function flagOf(kind: Pool["kind"]): string {
  return kind === "workspace" ? "--with-workspace-buffer" : "--with-parameter-buffer";
}
