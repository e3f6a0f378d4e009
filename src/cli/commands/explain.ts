/**
 * `pinmap explain`: what a finding means and what to do.
 *
 * @module
 */
import { UsageError } from "../../base/error.ts";
import { closest } from "../../base/units.ts";
import { rules as ruleTable } from "../../check/mod.ts";
import { planFindingCodes } from "../../plan/mod.ts";
import { type Command, COMMON, EXIT } from "../command.ts";
import { noMorePositionals } from "../inputs.ts";

/** The command. */
export const explainCommand: Command = {
  name: "explain",
  summary: "say what a finding of pinmap check or pinmap plan means and what to do about it",
  usage: "[CODE]",
  details: [
    "Without a code it lists all findings. Those of pinmap check begin with C-, and those of severity error fail\nthe check. Those of pinmap plan begin with P- and say why a plan cannot be (exit code 3).",
  ],
  options: COMMON,
  examples: [
    ["pinmap explain C-REGION", "What C-REGION means"],
    ["pinmap explain P-LIVE", "Why these buffers cannot be placed together"],
  ],
  run({ options, terminal }) {
    const [wanted] = options.positionals;
    noMorePositionals(options, 1, "explain");
    const rules: readonly Entry[] = [
      ...ruleTable.values(),
      ...planFindingCodes.map((one) => ({ ...one, severity: "error" as const })),
    ];
    const found = wanted === undefined
      ? rules
      : rules.filter((rule) => rule.code === wanted.toUpperCase());
    if (wanted !== undefined && found.length === 0) {
      const codes = rules.map((rule) => rule.code);
      const guess = closest(wanted.toUpperCase(), codes);
      throw new UsageError(
        "E-CLI-ARGUMENT",
        `Cannot explain "${wanted}": there is no such finding`,
        {
          hints: [
            guess === undefined ? `Findings are ${codes.join(", ")}` : `Did you mean ${guess}?`,
          ],
        },
      );
    }
    terminal.result(
      options.text("format") === "json"
        ? JSON.stringify(found, null, 2)
        : wanted === undefined
        ? found.map((rule) => `${rule.code.padEnd(12)}${rule.summary}`).join("\n")
        : found.map(explanation).join("\n"),
    );
    return Promise.resolve(EXIT.ok);
  },
};

/** What is known of a code. */
interface Entry {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly advice: string;
}

function explanation({ code, severity, summary, advice }: Entry): string {
  const what = code.startsWith("P-") ? "What it is: " : "Must hold:  ";
  return `${code} (${severity})\n  ${what}${summary}\n  What to do: ${advice}`;
}
