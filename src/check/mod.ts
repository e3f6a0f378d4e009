/**
 * The placement check: reads the linked ELF itself, not the plan, and says what is not where it was
 * pinned. Without a manifest it checks what holds for any image on that board.
 *
 * @module
 */
import type { CheckDocument, Finding } from "../base/documents.ts";
import { withMissingInitiators } from "../board/initiator.ts";
import type { Board } from "../board/types.ts";
import type { Manifest } from "../firmware/types.ts";
import type { ElfImage } from "../../sim/elf/mod.ts";
import { budgetRules } from "./groups/budgets.ts";
import { loadRules } from "./groups/load.ts";
import { overlapRules } from "./groups/overlaps.ts";
import { placementRules } from "./groups/placements.ts";
import { reachRules } from "./groups/reach.ts";
import { regionOfSectionName, sectionRules } from "./groups/sections.ts";
import { stackRules } from "./groups/stack.ts";
import { vectorRules } from "./groups/vectors.ts";
import { type ImageUnderCheck, imageUnderCheck, isIn, type RuleGroup } from "./image.ts";

export { parseManifest } from "./manifest.ts";
export { type Rule, rules } from "./rules.ts";

/** The groups, in the order of their findings. */
const GROUPS: readonly RuleGroup[] = [
  placementRules,
  reachRules,
  sectionRules,
  overlapRules,
  loadRules,
  budgetRules,
  vectorRules,
  stackRules,
];

/**
 * Checks a linked ELF.
 *
 * @param elf The image
 * @param board The board it is for
 * @param manifest What must be where; without it only the rules that hold for every image
 * @param sha256 SHA-256 of the ELF file, hex, for the document
 * @returns Placements of the allocated sections and findings; `ok` if no finding is an error
 *
 * @example An image without a vector table
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkImage } from "./mod.ts";
 * import { parseBoard } from "../board/mod.ts";
 * import type { ElfImage } from "../../sim/elf/mod.ts";
 *
 * const board = parseBoard(await Deno.readTextFile("boards/stm32f746g-disco.toml"), "board.toml");
 * const empty: ElfImage = {
 *   file: "empty.elf", entry: 0, flags: 0, segments: [], sections: [], symbols: [],
 *   symbol: () => undefined, section: () => undefined,
 * };
 * const document = checkImage(empty, board);
 * assertEquals(document.findings.map((finding) => finding.code), ["C-VECTORS"]);
 * assertEquals(document.ok, false);
 * ```
 */
export function checkImage(
  elf: ElfImage,
  board: Board,
  manifest?: Manifest,
  sha256 = "",
): CheckDocument {
  const full = withMissingInitiators(board, manifest?.initiators ?? []);
  const image = imageUnderCheck(elf, full, manifest);
  const findings = GROUPS.flatMap((group) => group(image));
  return {
    schema: "pinmap/check-1",
    board: board.name,
    elf_sha256: sha256,
    ok: findings.every((finding) => finding.severity !== "error"),
    placements: placements(image, findings),
    findings,
  };
}

/** A section is in order if it is where it is expected and no error names it. */
function placements(
  image: ImageUnderCheck,
  findings: readonly Finding[],
): CheckDocument["placements"] {
  const blamed = new Set(
    findings.filter((finding) => finding.severity === "error").map((finding) => finding.section),
  );
  return image.sections.map(({ section, place }) => {
    const expected = image.manifest?.placements.find((one) =>
      one.section === section.name
    )?.region ??
      regionOfSectionName(image, section.name);
    return {
      section: section.name,
      vma: section.addr,
      lma: section.lma,
      size: section.size,
      region: place?.name ?? null,
      expected: expected ?? null,
      ok: place !== undefined && (expected === undefined || isIn(place, expected)) &&
        !blamed.has(section.name),
    };
  });
}
