/**
 * Random registers, flags, floating-point modes and memory, with many special values.
 *
 * @module
 */
import { createRandom } from "../sim/cpu/testbench.ts";
import { apsrOf } from "./engines.ts";
import { APSR, DATA_SIZE, FPSCR, MIDDLE, S0, type Target, WORDS } from "./state.ts";

// deno-fmt-ignore
const INTEGERS = [
  0, 1, -1, 0x7fff_ffff, 0x8000_0000, 0xffff, 0x8000, 0x7f80_8000, 31, 32, 33, 255, 0x8000_8000,
];
// deno-fmt-ignore
const SINGLES = [
  // Pairs of halves, and the limits of what a half can hold.
  0x3c00_7c00, 0x7fff_7bff, 0x4780_0000, 0x477f_e000, 0x477f_f000, 0xc7ff_f000, 0x3380_0000,
  0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0001, 0xffc0_1234,
  0x7f80_0001, 0xffa0_0000, 1, 0x8000_0001, 0x007f_ffff, 0x0080_0000, 0x7f7f_ffff, 0x4b00_0001,
  0x4f00_0000, 0xcf00_0000, 0x4f80_0000, 0x3f00_0000, 0x3fc0_0000, 0x4020_0000, 0xbf00_0000,
];
/** AHP, DN, FZ, RMode, and the cumulative flags. */
const FPSCR_BITS = 0xf7c0_009f;

const POOL_SIZE = 1 << 16;
/** Bytes that the data of a case are a piece of: filling them anew for each would cost more than the case. */
const POOL = ((): Uint8Array => {
  const random = createRandom(99);
  const words = Int32Array.from({ length: POOL_SIZE / 4 }, () => {
    const choice = random() % 4;
    return choice === 0 ? single(random) : choice === 1 ? integer(random) : random();
  });
  return new Uint8Array(words.buffer);
})();

function integer(random: () => number): number {
  return random() % 4 === 0 ? INTEGERS[random() % INTEGERS.length] ?? 0 : random();
}

function single(random: () => number): number {
  const choice = random() % 4;
  if (choice === 0) return SINGLES[random() % SINGLES.length] ?? 0;
  if (choice === 1) return random();
  return (random() & 0x807f_ffff) | ((110 + (random() % 36)) << 23);
}

function double(random: () => number, words: Int32Array, at: number): void {
  const choice = random() % 5;
  const special = choice === 0
    ? new Int32Array(
      Float64Array.of(new Float32Array(Int32Array.of(single(random)).buffer)[0] ?? 0).buffer,
    )
    : undefined;
  const low = special?.[0] ?? (choice === 2 ? random() & 3 : random());
  const high = special?.[1] ??
    (choice === 1
      ? random()
      : choice === 2
      ? (random() & 0x8000_0000) | ((random() & 1) << 20)
      : (random() & 0x800f_ffff) | ((1000 + (random() % 46)) << 20));
  words[at] = low;
  words[at + 1] = high;
}

/**
 * Makes a state.
 *
 * @param target Core
 * @param random Numbers
 */
export function randomState(
  target: Target,
  random: () => number,
): { before: Int32Array; data: Uint8Array } {
  const before = new Int32Array(WORDS);
  for (let number = 0; number < 15; number++) before[number] = integer(random);
  before[8] = MIDDLE + (random() % 64) * 4;
  before[13] = MIDDLE;
  before[APSR] = random() & apsrOf(target);
  if (target.fpu !== "none") {
    before[FPSCR] = (random() & 1) === 0 ? 0 : random() & FPSCR_BITS;
    for (let at = S0; at < WORDS; at += 2) {
      if (target.fpu === "fpv5-d16" && (random() & 1) === 0) double(random, before, at);
      else {
        before[at] = single(random);
        before[at + 1] = single(random);
      }
    }
  }
  const from = (random() % ((POOL_SIZE - DATA_SIZE) / 8)) * 8;
  return { before, data: POOL.slice(from, from + DATA_SIZE) };
}
