/**
 * `deno task fuzz:isa`: random instruction sequences on the interpreter, the translator and libunicorn.
 *
 *     --seed N      first program, default 1; the same seed gives the same program everywhere
 *     --count M     instructions to compare in all, default 1000000
 *     --target T    only this one of m0plus, m3, m4, m7, m23, m33, m7-double
 *     --case FILE   run a case again that was printed for a difference
 *
 * Prints the figures of each target, and each difference that nothing explains as a case. Exits 1 if there
 * is one.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { printCase, readCase } from "./case_text.ts";
import { type Figures, Fuzzer } from "./fuzzer.ts";
import { lineName } from "./lines.ts";
import { type Target, TARGETS } from "./state.ts";

/** Differences after which a target is given up. */
const MOST_FINDINGS = 10;

/**
 * Fuzzes one target.
 *
 * @param target Core
 * @param seed First program
 * @param count Instructions
 * @returns Figures, and the lines of the table that no program had
 */
export function fuzz(
  target: Target,
  seed: number,
  count: number,
): { figures: Figures; missing: string[] } {
  const fuzzer = new Fuzzer(target);
  try {
    const { figures, set } = fuzzer;
    for (let one = seed; figures.instructions < count; one++) {
      fuzzer.run(one);
      if (figures.findings.length >= MOST_FINDINGS) break;
    }
    const missing = set.lines.map(lineName).filter((name) => !figures.lines.has(name));
    return { figures, missing };
  } finally {
    fuzzer.close();
  }
}

/** The figures of a target in one line, and its differences. */
export function describe(target: Target, figures: Figures, missing: readonly string[]): string {
  const known = [...figures.known].map(([name, count]) => `${count} × "${name}"`).join(", ");
  return [
    `${target.name}: ${figures.programs} programs, ${figures.instructions} instructions, ` +
    `${figures.executed} executed, ${figures.lines.size} of ${
      figures.lines.size + missing.length
    } ` +
    `lines of the table, ${figures.faulted} programs faulted, ` +
    `${figures.findings.length} unexplained differences` +
    (known === "" ? "" : `, known faults of libunicorn: ${known}`),
    ...figures.findings.map((finding) =>
      `program ${finding.seed}: the interpreter and ${finding.peer} differ` +
      (finding.instruction === undefined ? "" : ` after ${finding.instruction}`) +
      `\n  ${finding.differences.join("\n  ")}\n${printCase(finding.case)}`
    ),
  ].join("\n");
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function replay(file: string): number {
  const one = readCase(Deno.readTextFileSync(file));
  const fuzzer = new Fuzzer(one.target);
  const differences = fuzzer.replay(one);
  fuzzer.close();
  say(differences.length === 0 ? "no difference" : differences.join("\n"));
  return differences.length === 0 ? 0 : 1;
}

function main(args: string[]): number {
  const options = parseArgs(args, { string: ["seed", "count", "target", "case"] });
  if (typeof options.case === "string") return replay(options.case);
  const chosen = TARGETS.filter(({ name }) => (options.target ?? name) === name);
  const [seed, count] = [Number(options.seed ?? 1), Number(options.count ?? 1_000_000)];
  if (chosen.length === 0 || !(seed >= 0) || !(count > 0)) {
    say("Usage: deno task fuzz:isa [--seed N] [--count M] [--target NAME] [--case FILE]");
    return 2;
  }
  let failed = false;
  for (const target of chosen) {
    const { figures, missing } = fuzz(target, seed, count / chosen.length);
    say(describe(target, figures, missing));
    failed ||= figures.findings.length > 0;
  }
  return failed ? 1 : 0;
}

if (import.meta.main) Deno.exit(main(Deno.args));
