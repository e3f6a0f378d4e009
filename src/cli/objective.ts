/**
 * What a plan minimises: `--objective`, `--profile`, `--solver`.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { type PlanOptions, readProfile } from "../plan/mod.ts";
import { readFile } from "./inputs.ts";
import type { Options } from "./options.ts";

/** Reads the flags and what they name. */
export async function objectiveOf(
  options: Options,
): Promise<Pick<PlanOptions, "objective" | "profile" | "choiceSolver">> {
  const objective = options.text("objective") as "bytes" | "cycles" | undefined;
  if (objective !== "cycles") {
    const flag = ["profile", "solver"].find((one) => options.given(one));
    if (flag === undefined) return {};
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot plan by bytes with --${flag}: it has no effect there, --objective cycles is needed`,
    );
  }
  const path = options.text("profile");
  const profile = path === undefined
    ? undefined
    : readProfile(new TextDecoder().decode(await readFile(path, "profile")), path);
  if (options.text("solver") !== "highs") return { objective, profile };
  // Several hundred kilobytes of WebAssembly that hardly anybody needs.
  const { loadHighs } = await import("../plan/cycles/highs.ts");
  return { objective, profile, choiceSolver: await loadHighs() };
}
