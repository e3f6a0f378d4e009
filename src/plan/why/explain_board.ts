/**
 * Why a module cannot be planned on a board, and what would help.
 *
 * @module
 */
import type { PlanChange } from "../../base/documents.ts";
import { InfeasibleError } from "../../base/error.ts";
import type { Board } from "../../board/types.ts";
import type { IRModule } from "../../ir/types.ts";
import { findChanges } from "../explain.ts";
import { PlacesError } from "../fixed.ts";
import type { Liveness } from "../liveness.ts";
import { type Misfit, MisfitError } from "../misfit.ts";
import type { PlanOptions } from "../options.ts";
import type { PlanProblem, Pool } from "../types.ts";
import type { ProblemEdit, Search } from "./changes.ts";
import { explainPlaces } from "./conflict.ts";
import { diagnose, hintsOf } from "./finding.ts";
import { createOracle } from "./oracle.ts";
import { explainReach } from "./reach.ts";

/** What was to be planned. */
export interface Attempt {
  /** The module. */
  readonly module: IRModule;
  /** The board. */
  readonly board: Board;
  /** Its lifetimes. */
  readonly liveness: Liveness;
  /** What the user asked for. */
  readonly options: PlanOptions;
  /** Name of the planner. */
  readonly algorithm: string;
  /** All pools. */
  readonly pools: readonly Pool[];
  /** The problem that could not be solved: variables or parameters; nothing if it did not come to that. */
  readonly problem: PlanProblem | undefined;
  /** Plans again; what it throws if that fails. `upTo` workspace leaves the parameters out. */
  readonly tries: (
    options: PlanOptions,
    edit: ProblemEdit | undefined,
    upTo: "workspace" | "constant",
  ) => unknown;
}

/**
 * Explains a failure.
 *
 * @param error What planning threw
 * @param attempt What was to be planned
 * @returns The error with findings, or what was thrown if there is nothing to explain
 */
export function explainOnBoard(error: unknown, attempt: Attempt): unknown {
  const { problem } = attempt;
  if (error instanceof InfeasibleError && error.code === "E-PLAN-REACH") {
    return explainReach(error, attempt);
  }
  if (error instanceof PlacesError && problem !== undefined) {
    return explainPlaces(error, problem, trialOf(attempt, "constant"));
  }
  if (!(error instanceof MisfitError) || problem === undefined) return error;
  return explainMisfit(error.misfit, problem, attempt);
}

/** Ways to try changes. */
function trialOf(
  { options, tries }: Attempt,
  upTo: "workspace" | "constant",
): Pick<Search, "oracle" | "fits" | "pinFlag"> {
  return {
    oracle: createOracle(),
    fits: (edit, other) => {
      const changed = other === undefined
        ? options
        : { ...options, algorithm: other, tvmCompatible: false };
      return tries(changed, edit, upTo) === undefined;
    },
    pinFlag: (buffer, names) => [`--pin "${buffer}=${names.join(",")}"`],
  };
}

function explainMisfit(misfit: Misfit, problem: PlanProblem, attempt: Attempt): MisfitError {
  const { board, liveness, module, options, pools, algorithm, tries } = attempt;
  const { oracle } = trialOf(attempt, "constant");
  const diagnosis = diagnose(problem, misfit, oracle, liveness.statements);
  const changesUpTo = (upTo: "workspace" | "constant") => {
    const search: Search = {
      ...trialOf(attempt, upTo),
      diagnosis,
      algorithm,
      statements: liveness.statements,
      // One statement writes a buffer and another one reads it.
      shortestLife: 2,
    };
    return findChanges({
      misfit,
      board,
      options,
      pools,
      buffers: new Map(liveness.buffers.map((buffer) => [buffer.name, buffer])),
      targets: new Map(module.functions.map((func) => [func.name, func.target])),
      fits: (others) => tries(others, undefined, upTo) === undefined,
      search,
    });
  };
  let changes: readonly PlanChange[] = changesUpTo("constant");
  const hints: string[] = [];
  if (changes.length === 0 && misfit.failed.kind === "workspace") {
    changes = changesUpTo("workspace");
    if (changes.length > 0) {
      hints.push("The parameters do not fit either; these changes make room for the variables");
    }
  }
  hints.push(...hintsOf(changes));
  if (changes.length === 0) {
    hints.push(
      "No single change of pools, pins, stack, heap or planner makes it fit: a smaller network, or a board with more memory, is needed",
    );
  }
  return new MisfitError(
    diagnosis.verdict.answer === "infeasible" ? { ...misfit, search: "exhausted" } : misfit,
    liveness.statements,
    hints,
    [{ ...diagnosis.finding, changes }],
  );
}
