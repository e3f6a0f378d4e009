/**
 * The findings of the placement check, as messages.
 *
 * @module
 */
import type { CheckDocument, Finding } from "../../base/documents.ts";
import { formatAddress } from "../../base/units.ts";
import { printable, type Style, styleOf, type TextOptions } from "./style.ts";

/**
 * Prints every finding, errors first, and a last line that counts them.
 *
 * @param check The placement check's document
 * @param options How to print
 * @returns Lines without a final newline
 */
export function findingsText(check: CheckDocument, options?: TextOptions): string {
  const style = styleOf(options);
  const errors = check.findings.filter((finding) => finding.severity === "error");
  const warnings = check.findings.filter((finding) => finding.severity === "warning");
  const messages = [...errors, ...warnings].map((finding) => message(finding, style));
  return [...messages, verdict(check, errors.length, warnings.length, style)].join("\n");
}

function message(finding: Finding, { colors }: Style): string {
  const paint = finding.severity === "error" ? colors.red : colors.yellow;
  const facts = findingFacts(finding).map((fact) => `  = ${fact}`);
  const head = `${paint(`${finding.severity}[${printable(finding.code)}]`)}: ${
    colors.bold(printable(finding.message))
  }`;
  return [head, ...facts].join("\n");
}

/** What a finding is about, one fact a text. */
export function findingFacts(finding: Finding): readonly string[] {
  const { symbol, section, address, expected_region, actual_region } = finding;
  const subject = [
    ...(symbol === null ? [] : [`symbol ${printable(symbol)}`]),
    ...(section === null ? [] : [`section ${printable(section)}`]),
    ...(address === null ? [] : [`at ${formatAddress(address)}`]),
  ];
  const where = expected_region === null ? [] : [
    `expected in ${printable(expected_region)}, is in ${printable(actual_region ?? "no region")}`,
  ];
  return [...(subject.length === 0 ? [] : [subject.join(", ")]), ...where];
}

function verdict(
  check: CheckDocument,
  errors: number,
  warnings: number,
  { colors }: Style,
): string {
  const sections = plural(check.placements.length, "section");
  if (errors + warnings === 0) {
    return colors.green(`Placement check passed: ${sections}, each where it was pinned`);
  }
  const counts = `${plural(errors, "error")}, ${plural(warnings, "warning")}, ${sections}`;
  return check.ok
    ? colors.green(`Placement check passed: ${counts}`)
    : colors.red(`Placement check failed: ${counts}`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
