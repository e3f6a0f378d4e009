/**
 * All commands: a new one is a new file and a line here. A command is loaded when it is asked for, so
 * that one that needs little starts soon.
 *
 * @module
 */
import type { Command } from "../command.ts";

/** Commands by name. */
export type Registry = ReadonlyMap<string, () => Promise<Command>>;

/** In the order of `--help`. */
export const COMMANDS: Registry = new Map([
  ["plan", async () => (await import("./plan.ts")).planCommand],
  ["build", async () => (await import("./build.ts")).buildCommand],
  ["run", async () => (await import("./run.ts")).runCommand],
  ["check", async () => (await import("./check.ts")).checkCommand],
  ["board", async () => (await import("./board.ts")).boardCommand],
  ["schema", async () => (await import("./schema.ts")).schemaCommand],
  ["explain", async () => (await import("./explain.ts")).explainCommand],
  ["lockstep", async () => (await import("./lockstep.ts")).lockstepCommand],
]);
