/**
 * Buffers whose pools are out of reach of those who touch them: pools that all of them reach, each planned again.
 *
 * @module
 */
import type { PlanChange, PlanFinding } from "../../base/documents.ts";
import { InfeasibleError } from "../../base/error.ts";
import { sizeOf } from "../../ir/visit.ts";
import { reachablePools } from "../candidates.ts";
import { spareRegions, withPool } from "../explain.ts";
import type { LiveBuffer } from "../liveness.ts";
import type { PlanOptions } from "../options.ts";
import type { Pin } from "../pins.ts";
import type { Attempt } from "./explain_board.ts";
import { hintsOf } from "./finding.ts";

/** Buffers out of reach that one change can help. */
const MOST_PINS = 64;

/**
 * Explains a buffer that is out of reach.
 *
 * @param error What planning threw; its data name the buffer and the pool
 * @param attempt What was to be planned
 * @returns The same error with a finding and what helps
 */
export function explainReach(error: InfeasibleError, attempt: Attempt): InfeasibleError {
  const buffer = bufferOf(error, attempt);
  if (buffer === undefined) return error;
  const { message, data } = error;
  const pools = attempt.pools.filter(({ name, kind }) =>
    data?.["pool"] === undefined ? kind === buffer.kind : name === data["pool"]
  );
  const changes = [...pinAll(error, attempt), ...addPools(buffer, attempt)];
  const size = sizeOf(buffer.node);
  const finding: PlanFinding = {
    code: "P-REACH",
    message: message.replace(/^[^:]*: /, (what) => what.replace("Cannot place buffer ", "")),
    proof: "rule",
    irreducible: true,
    moment: null,
    needed_bytes: size,
    available_bytes: pools.reduce((sum, { limitBytes }) => sum + limitBytes, 0),
    pools: pools.map(({ name, region, limitBytes }) => ({
      name,
      region,
      limit_bytes: limitBytes,
      needed_bytes: null,
    })),
    buffers: [{
      name: buffer.name,
      size,
      alignment: 1,
      candidates: pools.map(({ name }) => name),
      intervals: buffer.kind === "constant"
        ? []
        : buffer.intervals.map(({ first, last }) => [first, last] as const),
      offset: null,
    }],
    changes,
  };
  return new InfeasibleError(error.code, message, {
    hints: changes.length > 0 ? [...error.hints, ...hintsOf(changes)] : error.hints,
    data,
    findings: [finding],
  });
}

function bufferOf({ data }: InfeasibleError, { liveness }: Attempt): LiveBuffer | undefined {
  return liveness.buffers.find(({ name }) => name === data?.["buffer"]);
}

/** Pins the buffer, and whichever is out of reach after it, to pools that all its functions reach. */
function pinAll(error: InfeasibleError, attempt: Attempt): readonly PlanChange[] {
  const { module, options, pools, tries } = attempt;
  const targets = new Map(module.functions.map((func) => [func.name, func.target]));
  const pins: Pin[] = [];
  let failure: unknown = error;
  while (failure instanceof InfeasibleError && failure.code === "E-PLAN-REACH") {
    const buffer = bufferOf(failure, attempt);
    const names = buffer === undefined
      ? []
      : reachablePools(buffer, pools, targets).map(({ name }) => name);
    if (buffer === undefined || names.length === 0 || pins.length >= MOST_PINS) return [];
    if (pins.some(({ pattern }) => pattern === buffer.name)) return [];
    pins.push({ pattern: buffer.name, pools: names });
    failure = tries({ ...options, pins: [...options.pins ?? [], ...pins] }, undefined, "constant");
  }
  if (failure !== undefined) return [];
  return [{
    kind: "pin",
    text: `Put ${
      pins.map(({ pattern, pools }) => `"${pattern}" into ${listed(pools)}`).join(", ")
    }`,
    flags: pins.map(({ pattern, pools }) => `--pin "${pattern}=${pools.join(",")}"`),
  }];
}

/** A pool in a region that all functions of the buffer reach, where there is none yet. */
function addPools(buffer: LiveBuffer, attempt: Attempt): readonly PlanChange[] {
  const { board, module, options, pools, tries } = attempt;
  const targets = new Map(module.functions.map((func) => [func.name, func.target]));
  if (reachablePools(buffer, pools, targets).length > 0) return [];
  const needed = buffer.users.map((user) => targets.get(user) ?? "");
  return spareRegions(board, pools, buffer.kind)
    .filter(({ initiators }) => needed.every((target) => initiators.includes(target)))
    .flatMap(({ name: region }): PlanChange[] => {
      const { name, wider, flags } = withPool(options, pools, buffer.kind, region);
      const pinned: PlanOptions = {
        ...wider,
        pins: [...options.pins ?? [], { pattern: buffer.name, pools: [name] }],
      };
      if (tries(pinned, undefined, "constant") !== undefined) return [];
      return [{
        kind: "add",
        text: `Add a ${buffer.kind} pool in region "${region}", and put "${buffer.name}" into it`,
        flags: [...flags, `--pin "${buffer.name}=${name}"`],
      }];
    });
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" or ");
}
