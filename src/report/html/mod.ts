/**
 * The HTML report. Import it only where a page is made: its drawing libraries take time to load.
 *
 * @module
 */
export type { LabelledRun } from "./cycle_plot.ts";
export { comparePage, type ComparePageInput } from "./compare.ts";
export { htmlReport, type HtmlReportInput } from "./report.ts";
