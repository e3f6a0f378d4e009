/**
 * The second opinion for sets that are too large to compare all pairs: a sweep over the moments with
 * what is live sorted by offset, where every newcomer is compared with its two neighbours. Shares no
 * code with any planner, nor with `validate.ts`, against which it is tested.
 *
 * @module
 */
import type { Placement, PlanProblem } from "./types.ts";

/**
 * Checks a plan.
 *
 * @param problem What was to be solved
 * @param placements What a planner answered, in the order of the buffers
 * @returns Sentences on broken rules: none if the plan is valid, else at least one
 */
export function validateBySweep(
  { pools, buffers }: PlanProblem,
  placements: readonly Placement[],
): readonly string[] {
  const broken: string[] = [];
  if (placements.length !== buffers.length) {
    return [`${placements.length} of ${buffers.length} buffers are placed`];
  }
  const limits = new Map(pools.map((pool) => [pool.name, pool.limitBytes]));
  const members = new Map<string, number[]>(pools.map((pool) => [pool.name, []]));
  buffers.forEach((buffer, i) => {
    const { name, pool, offset } = placements[i] ?? { name: "", pool: "", offset: NaN };
    const fine = name === buffer.name && buffer.candidates.includes(pool) &&
      Number.isSafeInteger(offset) && offset >= 0 && offset % buffer.alignment === 0 &&
      offset + buffer.size <= (limits.get(pool) ?? 0);
    if (!fine) broken.push(`"${buffer.name}" is at offset ${offset} of "${pool}"`);
    members.get(pool)?.push(i);
  });
  for (const [pool, inside] of members) {
    sweep(inside, (a, b) => {
      broken.push(
        `"${buffers[a]?.name}" and "${buffers[b]?.name}" of "${pool}" overlap while both are live`,
      );
    });
  }
  return broken;

  function sweep(inside: readonly number[], overlap: (a: number, b: number) => void): void {
    const events: { readonly at: number; readonly born: boolean; readonly buffer: number }[] = [];
    for (const buffer of inside) {
      for (const { first, last } of buffers[buffer]?.intervals ?? []) {
        events.push(
          { at: first, born: true, buffer },
          { at: last + 1, born: false, buffer },
        );
      }
    }
    events.sort((a, b) => a.at - b.at || Number(a.born) - Number(b.born));
    const start = (i: number) => placements[i]?.offset ?? 0;
    const end = (i: number) => start(i) + (buffers[i]?.size ?? 0);
    const live = new Int32Array(inside.length + 1);
    let count = 0;
    for (const { born, buffer } of events) {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        const other = live[middle] ?? 0;
        if (start(other) < start(buffer) || (start(other) === start(buffer) && other < buffer)) {
          low = middle + 1;
        } else high = middle;
      }
      if (!born) {
        live.copyWithin(low, low + 1, count);
        count--;
        continue;
      }
      const before = live[low - 1];
      const after = live[low];
      if (low > 0 && before !== undefined && end(before) > start(buffer)) overlap(before, buffer);
      if (low < count && after !== undefined && start(after) < end(buffer)) overlap(buffer, after);
      live.copyWithin(low + 1, low, count);
      live[low] = buffer;
      count++;
    }
  }
}
