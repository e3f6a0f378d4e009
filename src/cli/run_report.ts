/**
 * What `pinmap run` shows: tables for people, and the page with pictures.
 *
 * @module
 */
import type { RunDocument } from "../base/documents.ts";
import type { Board } from "../board/types.ts";
import {
  allocationTable,
  cycleTable,
  findingsText,
  functionTable,
  headerLine,
  imageOf,
  inferenceTable,
  initiatorTable,
  placementTable,
  planCyclesText,
  regionTable,
} from "../report/mod.ts";
import { htmlReport } from "../report/page.ts";
import type { ConsoleText } from "../../sim/mod.ts";
import type { Context } from "./command.ts";
import { writeFile } from "./inputs.ts";
import type { Subject } from "./run_subject.ts";

/** What a report is made of. */
export interface Result extends Subject {
  readonly title: string;
  readonly board: Board;
  readonly run: RunDocument;
  readonly outputs: readonly Uint8Array[];
  readonly console: string;
  readonly consoles: readonly ConsoleText[];
}

/** The page of `--html`, if it is asked for. */
export async function writeHtml({ options, terminal }: Context, result: Result): Promise<void> {
  const html = options.text("html");
  if (html === undefined) return;
  terminal.progress("Drawing");
  const { board, plan, run, check, manifest } = result;
  const image = imageOf(check, manifest);
  const title = `${result.title} on ${board.title}`;
  await writeFile(
    html,
    await htmlReport({ title, elf: result.path, board, plan, run, check, image }),
  );
  terminal.say(`Wrote ${html}`);
}

/** Text of a program as a terminal may get it: control characters but new lines and tabs are shown, not sent. */
function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** The tables. */
export function textReport({ options, terminal }: Context, result: Result): string {
  const text = { colors: terminal.colors, width: terminal.width };
  const { board, plan, run, check, manifest } = result;
  const image = imageOf(check, manifest);
  const parts = [
    headerLine({ elf: result.path, board: board.name, ...(plan && { plan }), run }, text),
    regionTable(board, plan, image, text),
  ];
  if (plan !== undefined) {
    parts.push(allocationTable(plan, image, text));
    if (plan.cycles !== undefined) parts.push(planCyclesText(plan));
  }
  parts.push(placementTable(check, text), findingsText(check, text));
  const consoles = [{ name: "", text: result.console }, ...result.consoles];
  for (const { name, text } of consoles.filter((one) => one.text !== "")) {
    parts.push(`Console${name === "" ? "" : ` ${name}`}\n${printable(text).trimEnd()}`);
  }
  parts.push(cycleTable(run, text));
  const others = initiatorTable(run, text);
  if (others !== "") parts.push(others);
  parts.push(functionTable(run, options.count("top") ?? 10, text));
  if (run.inferences.length > 0) parts.push(inferenceTable(run, text));
  if (run.stack !== undefined) {
    const { region, size, used } = run.stack;
    parts.push(`Stack: ${used} B of ${size} B used in ${region}`);
  }
  parts.push(...run.notes.map((note) => `note: ${note}`));
  return parts.join("\n\n");
}
