/**
 * The input of a page with all its sections.
 *
 * @module
 */
import type { HtmlReportInput } from "../../src/report/html/mod.ts";
import { imageOf } from "../../src/report/mod.ts";
import { BOARD, CHECK, MANIFEST, PINNED, PLAN, UNPINNED } from "./fixtures.ts";

/** Everything that a page can have. */
export const FULL: HtmlReportInput = {
  title: "spotting on test-m7-disco",
  board: BOARD,
  elf: "out/spotting.elf",
  plan: PLAN,
  check: CHECK,
  image: imageOf(CHECK, MANIFEST),
  runs: [{ label: "flash and SRAM", run: UNPINNED }, { label: "pinned", run: PINNED }],
};
