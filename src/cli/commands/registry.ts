/**
 * All commands: a new one is a new file and a line here.
 *
 * @module
 */
import type { Command } from "../command.ts";
import { boardCommand } from "./board.ts";
import { buildCommand } from "./build.ts";
import { checkCommand } from "./check.ts";
import { explainCommand } from "./explain.ts";
import { lockstepCommand } from "./lockstep.ts";
import { planCommand } from "./plan.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";

/** In the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  planCommand,
  buildCommand,
  runCommand,
  checkCommand,
  boardCommand,
  schemaCommand,
  explainCommand,
  lockstepCommand,
];
