/**
 * Orders in which first fit places many buffers.
 *
 * @module
 */
import { crowdingOf } from "./crowding.ts";
import type { Timeline } from "./timeline.ts";

/** Steps between empty and the most crowded moment that {@linkcode crowdedFirst} tells apart. */
const STEPS = 20;

/** Size classes of {@linkcode outwards} for each doubling, and where the first one starts. */
const CLASSES = 0.85;
const SHIFT = 0.5;

/**
 * Where it gets crowded first, there the longest lives first: they form a floor without holes, on which
 * short lives stack. For sets of which few moments come near the peak.
 *
 * @param timeline Buffers
 * @returns Ranks
 */
export function crowdedFirst(timeline: Timeline): Uint32Array {
  const { birth, death } = timeline;
  const { most, bytes } = crowdingOf(timeline);
  const step = most.map((live) => Math.floor(STEPS * live / bytes));
  const life = death.map((end, rank) => end - (birth[rank] ?? 0));
  return orderBy([step, life]);
}

/**
 * By size class, the largest first, in each class by how far a life reaches beyond the peak on both sides, then
 * by its distance from the peak: lives nest like the layers of an onion, and what is live together
 * lies together. For sets in which every moment is near the peak; `promoted` lifts single buffers into
 * higher classes.
 *
 * @param timeline Buffers
 * @param promoted Classes to be added for each rank
 * @returns Ranks
 */
export function outwards(timeline: Timeline, promoted: Float64Array): Uint32Array {
  const { birth, death, size } = timeline;
  const { peak } = crowdingOf(timeline);
  const sizeClass = size.map((bytes, rank) =>
    Math.floor(CLASSES * Math.log2(bytes) + SHIFT + (promoted[rank] ?? 0))
  );
  const reach = size.map((_, rank) =>
    Math.min(peak - (birth[rank] ?? 0), (death[rank] ?? 0) - 1 - peak)
  );
  return orderBy([sizeClass, reach]);
}

/** Ranks by size, the largest first. */
export function largestFirst({ size }: Timeline): Uint32Array {
  return orderBy([size]);
}

/** Ranks by size class, two for each doubling, then by birth: about equal sizes stack with little waste. */
export function classesFirst({ size }: Timeline): Uint32Array {
  return orderBy([size.map((bytes) => Math.floor(2 * Math.log2(bytes)))]);
}

/**
 * Ranks by size class, one for every factor of four, then where it gets crowded first, there the longest lives
 * first: between large buffers and small ones the size decides, among similar ones the moment.
 *
 * @param timeline Buffers
 * @returns Ranks
 */
export function broadClassesFirst(timeline: Timeline): Uint32Array {
  const { birth, death, size } = timeline;
  const life = death.map((end, rank) => end - (birth[rank] ?? 0));
  const sizeClass = size.map((bytes) => Math.floor(Math.log2(bytes) / 2));
  return orderBy([sizeClass, crowdingOf(timeline).most, life]);
}

/** Ranks by size times life. */
export function areaFirst({ size, birth, death }: Timeline): Uint32Array {
  return orderBy([size.map((bytes, rank) => bytes * ((death[rank] ?? 0) - (birth[rank] ?? 0)))]);
}

/** Ranks by keys, the greatest first; equal ones by birth. */
function orderBy(keys: readonly Float64Array[]): Uint32Array {
  const [a = new Float64Array(0), b = a, c = b] = keys;
  const order = new Uint32Array(a.length).map((_, rank) => rank);
  return order.sort((i, j) =>
    (a[j] ?? 0) - (a[i] ?? 0) || (b[j] ?? 0) - (b[i] ?? 0) || (c[j] ?? 0) - (c[i] ?? 0) || i - j
  );
}
