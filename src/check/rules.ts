/**
 * Every finding that the placement check can make: its stable code, how grave it is, what it means and
 * what to do. `pinmap explain C-…` prints from this table.
 *
 * @module
 */

/** A rule. */
export interface Rule {
  /** Stable identifier. */
  readonly code: string;
  /** Errors fail the check. */
  readonly severity: "error" | "warning";
  /** What must hold. */
  readonly summary: string;
  /** What to do about a finding. */
  readonly advice: string;
}

const TABLE = {
  "C-BOARD": {
    severity: "error",
    summary: "The manifest is for this board, and its regions exist there",
    advice: "Check against the board that the firmware was generated for",
  },
  "C-MISSING": {
    severity: "error",
    summary: "Every symbol that the manifest names is in the ELF",
    advice:
      "Link all generated sources; keep what nothing refers to with KEEP() or __attribute__((used))",
  },
  "C-REGION": {
    severity: "error",
    summary:
      "A symbol lies wholly in the region it was pinned to; a section named after a region lies there",
    advice: "Compare the section's `> REGION` in the linker script with the one that was generated",
  },
  "C-REACH": {
    severity: "error",
    summary: "A buffer is where all initiators whose functions touch it reach it",
    advice:
      "Plan it into a pool that they reach (main's parameters: --workspace-io), or run the function on the core",
  },
  "C-SECTION": {
    severity: "error",
    summary: "A symbol is in the section that the manifest names",
    advice: "Check the section attribute of the symbol and the input patterns of the linker script",
  },
  "C-OFFSET": {
    severity: "error",
    summary: "A buffer is at its planned offset from its pool's symbol",
    advice: "Regenerate the firmware: sources and linker script are of different plans",
  },
  "C-SIZE": {
    severity: "error",
    summary: "A symbol has at least the bytes that were planned",
    advice: "Regenerate the firmware: the symbol was declared smaller than planned",
  },
  "C-ALIGN": {
    severity: "error",
    summary: "A symbol is aligned as planned",
    advice: "Add ALIGN() to the output section, or the aligned attribute to the symbol",
  },
  "C-OUTSIDE": {
    severity: "error",
    summary: "Every allocated section is wholly in one region of the board",
    advice: "Link with the linker script of this board; MEMORY must agree with the board file",
  },
  "C-RESERVED": {
    severity: "error",
    summary: "No section lies in a range that the board reserves, at run time or as load image",
    advice: "Shorten or move the region in the linker script's MEMORY",
  },
  "C-OVERLAP": {
    severity: "error",
    summary: "No two sections use the same addresses, at run time or for their load images",
    advice: "Remove explicit section addresses, or --no-check-sections, from the link",
  },
  "C-ALIAS": {
    severity: "error",
    summary: "No two sections use the same bytes through two addresses of one memory",
    advice: "Give each section one of the region's addresses, or split the region between them",
  },
  "C-ACCESS": {
    severity: "error",
    summary: "Code is in executable memory, writable data in writable memory",
    advice: "Move the section to a region whose access rights fit",
  },
  "C-LOAD": {
    severity: "error",
    summary: "Content has a load address (LMA) in non-volatile memory; workspaces have no content",
    advice: "Add `AT> flash` to the output section, or mark a workspace (NOLOAD)",
  },
  "C-BUDGET": {
    severity: "error",
    summary: "Regions, pools and shared budgets hold what is put in them",
    advice: "Pin less there, or raise the pool's size",
  },
  "C-VECTORS": {
    severity: "error",
    summary:
      "A vector table is where the core looks: initial SP in RAM, 8-byte aligned, reset handler with Thumb bit in loaded code",
    advice: "Place the vector table first with KEEP() at the board's vector_table address",
  },
  "C-STACK": {
    severity: "error",
    summary:
      "The stack is in its region, as large as planned, used by nothing else, and SP starts at its top",
    advice: "Check the stack's symbols in the linker script",
  },
  "C-ENTRY": {
    severity: "warning",
    summary: "The ELF entry point, which debuggers start from, is the reset handler",
    advice: "Add ENTRY(Reset_Handler) to the linker script",
  },
} as const satisfies Record<string, Omit<Rule, "code">>;

/** Code of a rule. */
export type RuleCode = keyof typeof TABLE;

/** All rules, by code. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries(TABLE).map(([code, rule]) => [code, { code, ...rule }]),
);

/** Severity of a rule. */
export function severityOf(code: RuleCode): Rule["severity"] {
  return TABLE[code].severity;
}
