/**
 * Problems and plans in other formats.
 *
 * @module
 */
export { readProblemCsv, writeProblemCsv } from "./csv.ts";
export { type ProblemDocument, problemToDocument, readProblemJson } from "./json.ts";
export {
  planProblem,
  type ProblemPlan,
  problemPlanToDocument,
  type ProblemWords,
} from "./plan_problem.ts";
