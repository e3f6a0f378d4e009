/**
 * Reports for terminals: pure functions from documents to text. The HTML page is in `html/mod.ts`, apart,
 * because its drawing libraries take time to load that a text report should not wait for.
 *
 * @module
 */
export { type Image, imageOf, type ImageSection, kindOfSection, type TenantKind } from "./image.ts";
export { formatChange, formatCount, formatShare } from "./numbers.ts";
export { allocationTable } from "./text/allocation_table.ts";
export { boardTable } from "./text/board_table.ts";
export { compareCycles, type ComparedCycles, compareRuns } from "./text/compare_runs.ts";
export { cycleTable, unattributedCycles } from "./text/cycle_table.ts";
export { initiatorTable } from "./text/initiator_table.ts";
export { errorText } from "./text/error_text.ts";
export { findingsText } from "./text/findings_text.ts";
export { functionTable } from "./text/function_table.ts";
export { headerLine, type Subject } from "./text/header_line.ts";
export { inferenceTable } from "./text/inference_table.ts";
export { lifetimePicture } from "./text/lifetime_picture.ts";
export { planCyclesText } from "./text/plan_cycles.ts";
export { placementTable } from "./text/placement_table.ts";
export { regionBars } from "./text/region_bars.ts";
export { regionTable } from "./text/region_table.ts";
export type { Colors, Paint, TextOptions } from "./text/style.ts";
export { type RegionUsage, regionUsage, sumByKind, type Tenant } from "./usage.ts";
