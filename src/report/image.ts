/**
 * The linked image as reports see it: sections with the region that each occupies and what they hold.
 * The facts come from the placement check, which read them from the ELF; what a section holds comes
 * from the firmware's manifest, or else from the section's name.
 *
 * @module
 */
import type { CheckDocument } from "../base/documents.ts";
import type { Manifest } from "../firmware/types.ts";

/** What lies in memory. `load-image` is the copy in flash of something that runs from RAM. */
export type TenantKind =
  | "workspace"
  | "constants"
  | "code"
  | "data"
  | "stack"
  | "heap"
  | "load-image"
  | "reserved"
  | "other";

/** What a kind is called in reports. */
export function kindName(kind: TenantKind): string {
  return kind.replace("-", " ");
}

/** A section of the image. */
export interface ImageSection {
  /** Name. */
  readonly section: string;
  /** Name of the region or alias that holds it at run time; `null` if none does. */
  readonly region: string | null;
  /** Bytes. */
  readonly size: number;
  /** Address at run time, if known. */
  readonly vma?: number | undefined;
  /** Address that it is loaded at, if known. */
  readonly lma?: number | undefined;
  /** What it holds; by default judged by its name. */
  readonly kind?: TenantKind | undefined;
}

/** What reports need to know of a linked image. */
export interface Image {
  /** Allocated sections. */
  readonly sections: readonly ImageSection[];
  /** Address of each pool's first byte, where known. */
  readonly poolAddresses?: ReadonlyMap<string, number> | undefined;
}

const KIND_OF_PLACEMENT: Readonly<Record<string, TenantKind>> = {
  "vectors": "code",
  "code": "code",
  "workspace-pool": "workspace",
  "constant-pool": "constants",
  "stack": "stack",
  "heap": "heap",
};

const KIND_BY_NAME: readonly (readonly [RegExp, TenantKind])[] = [
  [/stack/, "stack"],
  [/heap/, "heap"],
  [/workspace|arena|[._]ws\b/, "workspace"],
  [/const|param|weights|rodata|tables?$/, "constants"],
  [/text|isr_vector|vectors|\binit|fini|code|itcm|ramfunc|plt/, "code"],
  [/ARM\.ex|eh_frame/, "constants"],
  [/data|bss|noinit|tls|got/, "data"],
];

/**
 * What a section holds, judged by its name.
 *
 * @param section Name such as `.text`
 * @returns `other` for a name that says nothing
 */
export function kindOfSection(section: string): TenantKind {
  return KIND_BY_NAME.find(([pattern]) => pattern.test(section))?.[1] ?? "other";
}

/** Sections that linkers fill with zeros or leave alone at start-up, by convention. */
const WITHOUT_CONTENT = /bss|noinit|COMMON/;
/** Kinds whose content must be loaded from somewhere. */
const WITH_CONTENT: readonly TenantKind[] = ["code", "constants", "data", "other"];

/**
 * Whether a section's bytes are in the image, so that its load address occupies memory too. GNU ld
 * prints a load address for sections without content as well, often one in flash.
 *
 * @param section Name
 * @param kind What it holds
 */
export function hasContent(section: string, kind: TenantKind): boolean {
  return WITH_CONTENT.includes(kind) && !WITHOUT_CONTENT.test(section);
}

/**
 * The image that a placement check read.
 *
 * @param check The check's document
 * @param manifest The firmware's manifest, which knows what its sections hold and where pools begin
 * @returns Sections, and pool addresses if there is a manifest
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { imageOf } from "./image.ts";
 *
 * const image = imageOf({
 *   schema: "pinmap/check-1",
 *   board: "b",
 *   elf_sha256: "",
 *   ok: true,
 *   placements: [
 *     { section: ".text", vma: 0, lma: 0, size: 8, region: "flash", expected: "flash", ok: true },
 *   ],
 *   findings: [],
 * });
 * assertEquals(image.sections[0]?.kind, "code");
 * ```
 */
export function imageOf(check: CheckDocument, manifest?: Manifest): Image {
  const kinds = new Map<string, TenantKind>();
  for (const placement of manifest?.placements ?? []) {
    const kind = KIND_OF_PLACEMENT[placement.kind];
    if (kind !== undefined) kinds.set(placement.section, kind);
  }
  for (const pool of manifest?.pools ?? []) {
    kinds.set(pool.section, pool.kind === "workspace" ? "workspace" : "constants");
  }
  const sections = check.placements.map((placement): ImageSection => ({
    section: placement.section,
    region: placement.region,
    size: placement.size,
    vma: placement.vma,
    lma: placement.lma,
    kind: kinds.get(placement.section) ?? kindOfSection(placement.section),
  }));
  const vmas = new Map(check.placements.map((placement) => [placement.section, placement.vma]));
  const poolAddresses = new Map<string, number>();
  for (const pool of manifest?.pools ?? []) {
    const address = vmas.get(pool.section);
    if (address !== undefined) poolAddresses.set(pool.name, address);
  }
  return { sections, poolAddresses };
}
