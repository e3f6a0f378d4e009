/**
 * What a report is about: which file, by its digest, for which board, with which plan and timing model.
 * Figures without it have been taken for those of another build.
 *
 * @module
 */
import type { CheckDocument, PlanDocument, RunDocument } from "../../base/documents.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";

/** What was analysed; whatever is known of it. */
export interface Subject {
  /** Name of the board. */
  readonly board: string;
  /** Path of the ELF file as the user gave it. */
  readonly elf?: string | undefined;
  /** The plan. */
  readonly plan?: PlanDocument | undefined;
  /** The run. */
  readonly run?: RunDocument | undefined;
  /** The placement check. */
  readonly check?: CheckDocument | undefined;
}

const DIGEST_DIGITS = 12;

/**
 * Prints what a report is about: one line, and a second one for the timing model of a run, which says
 * what is known of its error.
 *
 * @param subject What is known
 * @param options How to print
 * @returns `fw.elf  sha256 0123456789ab  board b  module m  plan greedy_by_size (optimal)`
 */
export function headerLine(subject: Subject, options?: TextOptions): string {
  const { colors } = styleOf(options);
  const { elf, board, plan, run, check } = subject;
  const digest = run?.elf_sha256 ?? check?.elf_sha256 ?? "";
  const facts: (readonly [string, string | undefined])[] = [
    ["sha256", digest === "" ? undefined : digest.slice(0, DIGEST_DIGITS)],
    ["board", board],
    ["module", plan?.module],
    ["plan", plan === undefined ? undefined : `${plan.algorithm} (${plan.status})`],
    ["engine", run?.engine],
  ];
  const texts = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${colors.dim(name)} ${printable(value)}`]
  );
  const first = [...(elf === undefined ? [] : [colors.bold(printable(elf))]), ...texts].join("  ");
  return run === undefined
    ? first
    : `${first}\n${colors.dim("timing")} ${printable(run.timing_model)}`;
}
