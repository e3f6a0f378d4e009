/**
 * What a memory protection unit allows where: its regions as stretches of addresses with equal rights.
 * PMSAv7 (DDI 0403, B3.5; Armv6-M's is the same with regions from 256 B, DDI 0419, B3.5) and PMSAv8
 * (DDI 0553, B11 "Memory protection", and the descriptions of MPU_RBAR and MPU_RLAR).
 *
 * @module
 */
import type { AccessKind, AccessMode, GuardRange } from "../../types.ts";

/** What one kind of core may do: bit 0 read, bit 1 write, bit 2 fetch. */
export type Rights = number;
const READ = 1;
const WRITE = 2;
const FETCH = 4;

/** Rights of privileged and of unprivileged code. */
export interface Permission {
  readonly privileged: Rights;
  readonly unprivileged: Rights;
}

const NONE: Permission = { privileged: 0, unprivileged: 0 };

/** A part of a region: addresses `[origin, end)` with one permission. */
export interface Part {
  /** Number of the region; where regions of PMSAv7 overlap, the highest one wins. */
  readonly region: number;
  readonly origin: number;
  readonly end: number;
  readonly permission: Permission;
}

/** Stretches of addresses whose rights are the same. */
export interface Stretch {
  readonly origin: number;
  readonly end: number;
  readonly permission: Permission;
}

/** Addresses end here. */
export const SPACE = 2 ** 32;
/** The system space, always execute-never (DDI 0403, B3.1). */
const SYSTEM = 0xe000_0000;
const PPB_END = 0xe010_0000;
/** Where the default memory map allows no fetches (DDI 0403, B3.1; DDI 0553, B6). */
const EXECUTE_NEVER: readonly (readonly [origin: number, end: number])[] = [
  [0x4000_0000, 0x6000_0000],
  [0xa000_0000, SPACE],
];

/** The permission of the default memory map. */
function backgroundAt(address: number): Permission {
  const never = EXECUTE_NEVER.some(([origin, end]) => address >= origin && address < end);
  const rights = never ? READ | WRITE : READ | WRITE | FETCH;
  return { privileged: rights, unprivileged: rights };
}

/** AP of PMSAv7 (DDI 0403, table B3-15); 0b100 is reserved and allows nothing. */
const AP_V7: readonly Permission[] = [
  NONE,
  { privileged: READ | WRITE, unprivileged: 0 },
  { privileged: READ | WRITE, unprivileged: READ },
  { privileged: READ | WRITE, unprivileged: READ | WRITE },
  NONE,
  { privileged: READ, unprivileged: 0 },
  { privileged: READ, unprivileged: READ },
  { privileged: READ, unprivileged: READ },
];

/** AP of PMSAv8 (DDI 0553, MPU_RBAR.AP). */
const AP_V8: readonly Permission[] = [
  { privileged: READ | WRITE, unprivileged: 0 },
  { privileged: READ | WRITE, unprivileged: READ | WRITE },
  { privileged: READ, unprivileged: 0 },
  { privileged: READ, unprivileged: READ },
];

/** Who may read may fetch, unless that is never allowed. */
function executable(permission: Permission | undefined, never: boolean): Permission {
  const { privileged, unprivileged } = permission ?? NONE;
  if (never) return { privileged, unprivileged };
  return {
    privileged: privileged | ((privileged & READ) * FETCH),
    unprivileged: unprivileged | ((unprivileged & READ) * FETCH),
  };
}

/**
 * The parts of a PMSAv7 region: one, or its subregions that are not disabled.
 *
 * @param region Number
 * @param base MPU_RBAR
 * @param attributes MPU_RASR
 */
export function partsV7(region: number, base: number, attributes: number): Part[] {
  if ((attributes & 1) === 0) return [];
  const bits = ((attributes >>> 1) & 0x1f) + 1;
  const size = 2 ** bits;
  const origin = Math.floor((base >>> 0) / size) * size;
  const permission = executable(AP_V7[(attributes >>> 24) & 7], ((attributes >>> 28) & 1) === 1);
  const disabled = bits >= 8 ? (attributes >>> 8) & 0xff : 0;
  if (disabled === 0) return [{ region, origin, end: origin + size, permission }];
  const piece = size / 8;
  return Array.from({ length: 8 }, (_, index) => index)
    .filter((index) => ((disabled >>> index) & 1) === 0)
    .map((index) => ({
      region,
      origin: origin + index * piece,
      end: origin + (index + 1) * piece,
      permission,
    }));
}

/**
 * The part of a PMSAv8 region.
 *
 * @param region Number
 * @param base MPU_RBAR
 * @param limit MPU_RLAR
 */
export function partsV8(region: number, base: number, limit: number): Part[] {
  const origin = (base & ~31) >>> 0;
  const end = ((limit | 31) >>> 0) + 1;
  if ((limit & 1) === 0 || end <= origin) return [];
  const permission = executable(AP_V8[(base >>> 1) & 3], (base & 1) === 1);
  return [{ region, origin, end, permission }];
}

/** How regions and background make one map. */
export interface MapRules {
  /** False if the unit is off: the default memory map. */
  readonly enabled: boolean;
  /** True if privileged code has the default map where there is no region (PRIVDEFENA). */
  readonly background: boolean;
  /** True if a place that two regions claim allows nothing (PMSAv8); else the higher region wins. */
  readonly exclusive: boolean;
}

/**
 * What TT finds at an address of PMSAv8, as in TT_RESP: a region if exactly one claims it, and what may be done.
 *
 * @param parts Regions
 * @param rules How they make a map
 * @param address Address
 * @param unprivileged Whose rights
 */
export function targetResponse(
  parts: readonly Part[],
  rules: MapRules,
  address: number,
  unprivileged: boolean,
): number {
  const permission = permissionAt(parts, rules, address);
  const rights = unprivileged ? permission.unprivileged : permission.privileged;
  const system = address >= SYSTEM && address < PPB_END;
  const claims = rules.enabled && !system
    ? parts.filter(({ origin, end }) => address >= origin && address < end)
    : [];
  const [only] = claims;
  const region = only !== undefined && claims.length === 1 ? REGION_VALID | only.region : 0;
  return region | ((rights & READ) !== 0 ? READABLE : 0) | ((rights & WRITE) !== 0 ? WRITABLE : 0);
}

/** Bits of TT_RESP (DDI 0553, C2.4.252): MRVALID, R and RW. */
const REGION_VALID = 1 << 16;
const READABLE = 1 << 18;
const WRITABLE = 1 << 19;

function permissionAt(parts: readonly Part[], rules: MapRules, address: number): Permission {
  const background = backgroundAt(address);
  // The private peripheral bus always has the default map (DDI 0403, B3.5.1).
  if (!rules.enabled || (address >= SYSTEM && address < PPB_END)) return background;
  let found: Part | undefined;
  for (const part of parts) {
    if (address < part.origin || address >= part.end) continue;
    if (found !== undefined && rules.exclusive) return NONE;
    if (found === undefined || part.region > found.region) found = part;
  }
  if (found === undefined) {
    return rules.background ? { privileged: background.privileged, unprivileged: 0 } : NONE;
  }
  return address < SYSTEM ? found.permission : executable({
    privileged: found.permission.privileged & (READ | WRITE),
    unprivileged: found.permission.unprivileged & (READ | WRITE),
  }, true);
}

/** The whole address space as stretches. */
export function stretches(parts: readonly Part[], rules: MapRules): Stretch[] {
  const edges = new Set([0, SYSTEM, PPB_END, ...EXECUTE_NEVER.flat()]);
  if (rules.enabled) { for (const { origin, end } of parts) edges.add(origin).add(end); }
  const sorted = [...edges].filter((edge) => edge <= SPACE).sort((a, b) => a - b);
  if (sorted.at(-1) !== SPACE) sorted.push(SPACE);
  return sorted.slice(0, -1).map((origin, index) => ({
    origin,
    end: sorted[index + 1] ?? SPACE,
    permission: permissionAt(parts, rules, origin),
  }));
}

const KINDS: readonly (readonly [kind: AccessKind, bit: number])[] = [
  ["read", READ],
  ["write", WRITE],
  ["fetch", FETCH],
];

/**
 * Where a guard has to refuse accesses, by kind and mode.
 *
 * @param list From {@linkcode stretches}
 * @param privileged Modes of privileged code that the list holds for
 * @param unprivileged Modes of unprivileged code
 */
export function deniedRanges(
  list: readonly Stretch[],
  privileged: readonly AccessMode[],
  unprivileged: readonly AccessMode[],
): GuardRange[] {
  const ranges: GuardRange[] = [];
  for (const [kind, bit] of KINDS) {
    let last: { origin: number; end: number; key: string; modes: AccessMode[] } | undefined;
    const close = (): void => {
      if (last !== undefined && last.modes.length > 0) {
        const { origin, end, modes } = last;
        ranges.push({ origin, end, kinds: [kind], modes });
      }
    };
    for (const { origin, end, permission } of list) {
      const modes = [
        ...((permission.privileged & bit) === 0 ? privileged : []),
        ...((permission.unprivileged & bit) === 0 ? unprivileged : []),
      ];
      const key = modes.join();
      if (last !== undefined && last.key === key) last.end = end;
      else {
        close();
        last = { origin, end, key, modes };
      }
    }
    close();
  }
  return ranges;
}
