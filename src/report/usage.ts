/**
 * Who uses which region: the one computation behind region tables, bars and memory maps. With an image
 * the linked sections count, for the ELF is the truth; without one the plan's pools and residents do.
 *
 * @module
 */
import type { PlanDocument } from "../base/documents.ts";
import type { Board, Region } from "../board/types.ts";
import {
  hasContent,
  type Image,
  type ImageSection,
  kindOfSection,
  type TenantKind,
} from "./image.ts";

/** Something that occupies bytes of a region. */
export interface Tenant {
  /** What it is. */
  readonly kind: TenantKind;
  /** Name of the section, pool or resident. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** First address inside the region, canonical; absent before linking. */
  readonly address?: number | undefined;
}

/** One region with its tenants. */
export interface RegionUsage {
  /** The region. */
  readonly region: Region;
  /** Tenants, by address where known, else in the order of the plan. */
  readonly tenants: readonly Tenant[];
  /** Sum of the tenants' sizes, bytes. */
  readonly used: number;
  /** Bytes left; negative if the region is overfull. */
  readonly free: number;
  /** Bytes that are live at once in the region's workspace pools: no layout of these buffers needs less. `undefined` if the plan has no workspace there. */
  readonly peakLive: number | undefined;
}

/**
 * Computes who uses which region.
 *
 * @param board Regions
 * @param plan Pools and residents, if a plan is known
 * @param image Linked sections, if there is an image
 * @returns One entry a region, in the board's order
 */
export function regionUsage(
  board: Board,
  plan: PlanDocument | undefined,
  image: Image | undefined,
): readonly RegionUsage[] {
  return board.regions.map((region) => {
    const reserved = region.reserved.map((range): Tenant => ({
      kind: "reserved",
      name: range.purpose,
      size: range.length,
      address: range.origin,
    }));
    const others = image === undefined
      ? plannedTenants(region, plan)
      : linkedTenants(board, region, image.sections);
    const tenants = sortByAddress([...reserved, ...others.filter((tenant) => tenant.size > 0)]);
    const used = tenants.reduce((sum, tenant) => sum + tenant.size, 0);
    const workspaces = (plan?.pools ?? []).filter((pool) =>
      pool.region === region.name && pool.kind === "workspace" && pool.used_bytes > 0
    );
    return {
      region,
      tenants,
      used,
      free: region.length - used,
      peakLive: workspaces.length === 0
        ? undefined
        : workspaces.reduce((sum, pool) => sum + pool.lower_bound_bytes, 0),
    };
  });
}

/** Sums the tenants of each kind, largest first. */
export function sumByKind(
  tenants: readonly Tenant[],
): readonly (readonly [kind: TenantKind, bytes: number])[] {
  const sums = new Map<TenantKind, number>();
  for (const { kind, size } of tenants) sums.set(kind, (sums.get(kind) ?? 0) + size);
  return [...sums].sort((a, b) => b[1] - a[1]);
}

function plannedTenants(region: Region, plan: PlanDocument | undefined): readonly Tenant[] {
  if (plan === undefined) return [];
  const pools = plan.pools.filter((pool) => pool.region === region.name).map((pool): Tenant => ({
    kind: pool.kind === "workspace" ? "workspace" : "constants",
    name: pool.name,
    size: pool.used_bytes,
  }));
  const residents = plan.residents.filter((resident) => resident.region === region.name)
    .map(({ name, size }): Tenant => ({
      kind: name === "stack" || name === "heap" || name === "data" || name === "code"
        ? name
        : "other",
      name,
      size,
    }));
  return [...pools, ...residents];
}

function linkedTenants(
  board: Board,
  region: Region,
  sections: readonly ImageSection[],
): readonly Tenant[] {
  const tenants: Tenant[] = [];
  for (const { section, size, vma, lma, kind = kindOfSection(section), ...rest } of sections) {
    const home = board.aliases.find((alias) => alias.name === rest.region)?.of ?? rest.region;
    const runs = home === region.name ? canonical(board, region, vma) : undefined;
    if (home === region.name) tenants.push({ kind, name: section, size, address: runs });
    if (!hasContent(section, kind)) continue;
    const loads = canonical(board, region, lma);
    if (loads !== undefined && loads !== runs) {
      tenants.push({ kind: "load-image", name: section, size, address: loads });
    }
  }
  return tenants;
}

/** The address inside the region, whichever alias it was given through; `undefined` if outside. */
function canonical(
  board: Board,
  region: Region,
  address: number | undefined,
): number | undefined {
  if (address === undefined) return undefined;
  if (address >= region.origin && address < region.origin + region.length) return address;
  for (const alias of board.aliases) {
    if (alias.of !== region.name) continue;
    if (address >= alias.origin && address < alias.origin + alias.length) {
      return region.origin + alias.offset + (address - alias.origin);
    }
  }
  return undefined;
}

function sortByAddress(tenants: readonly Tenant[]): readonly Tenant[] {
  const order = ({ address }: Tenant) => address ?? Number.MAX_SAFE_INTEGER;
  return tenants.toSorted((a, b) => order(a) - order(b));
}
