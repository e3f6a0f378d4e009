/**
 * The HTML page behind a dynamic import: its drawing libraries take time to load, which those who only
 * print text need not spend.
 *
 * @module
 */
import type { ComparePageInput, HtmlReportInput } from "./html/mod.ts";

export type { ComparePageInput, HtmlReportInput, LabelledRun } from "./html/mod.ts";

/**
 * Makes the self-contained HTML page.
 *
 * @param input What is known; each part that is missing leaves out its sections
 * @returns HTML text without scripts, nothing loaded from anywhere
 */
export async function htmlReport(input: HtmlReportInput): Promise<string> {
  const page = await import("./html/mod.ts");
  return page.htmlReport(input);
}

/**
 * Makes the page that compares algorithms.
 *
 * @param input Heading and plans
 * @returns HTML text without scripts, nothing loaded from anywhere
 */
export async function comparePage(input: ComparePageInput): Promise<string> {
  const page = await import("./html/mod.ts");
  return page.comparePage(input);
}
