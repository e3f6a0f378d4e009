/**
 * The training loop: mini-batches in a seeded order, every image moved by a few pixels, learning rate
 * falling in a straight line.
 *
 * @module
 */
import { type Digit, SIDE } from "./data.ts";
import { infer, learn, type Network } from "./network.ts";
import { createAdam } from "./optimizer.ts";
import { type Random, shuffle } from "./random.ts";

/** How to train. */
export interface TrainingOptions {
  /** Times that every digit is seen, ≥ 1. */
  readonly epochs: number;
  /** Digits per step of the optimiser, ≥ 1. */
  readonly batch: number;
  /** Learning rate of the first step; falls to 0 after the last. */
  readonly rate: number;
  /** Digits are moved by up to this many pixels in both directions, anew in every epoch. */
  readonly jitter: number;
  /** Called after every epoch, from 1, with the mean probability given to the right answer. */
  readonly onEpoch?: (epoch: number, confidence: number) => void;
}

/**
 * Trains a network in place.
 *
 * @param network Its parameters change
 * @param digits What to learn
 * @param random Source of order and movement
 * @param options How
 */
export function train(
  network: Network,
  digits: readonly Digit[],
  random: Random,
  options: TrainingOptions,
): void {
  const step = createAdam(network);
  const order = [...digits];
  const steps = options.epochs * Math.ceil(digits.length / options.batch);
  let done = 0;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    shuffle(order, random);
    let confidence = 0;
    for (let start = 0; start < order.length; start += options.batch) {
      const batch = order.slice(start, start + options.batch);
      for (const digit of batch) {
        const [dx, dy] = [moveBy(options.jitter, random), moveBy(options.jitter, random)];
        show(network, digit, dx, dy);
        confidence += learn(network, digit.label);
      }
      step(options.rate * (1 - done++ / steps), batch.length);
    }
    options.onEpoch?.(epoch, confidence / order.length);
  }
}

function moveBy(jitter: number, random: Random): number {
  return random.integer(2 * jitter + 1) - jitter;
}

/** Puts a digit, moved right by `dx` and down by `dy`, into the network's input. */
export function show(network: Network, digit: Digit, dx = 0, dy = 0): void {
  const { input } = network;
  input.fill(0);
  for (let y = Math.max(0, dy); y < Math.min(SIDE, SIDE + dy); y++) {
    for (let x = Math.max(0, dx); x < Math.min(SIDE, SIDE + dx); x++) {
      input[y * SIDE + x] = digit.pixels[(y - dy) * SIDE + x - dx]! / 255;
    }
  }
}

/** Position of the first largest element: the answer of a network. */
export function argmax(values: Float32Array | Int8Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * The part of the digits that the network reads rightly, from 0 to 1.
 *
 * @param network A trained network
 * @param digits Digits it was not trained with
 */
export function accuracy(network: Network, digits: readonly Digit[]): number {
  const right = digits.filter((digit) => {
    show(network, digit);
    return argmax(infer(network)) === digit.label;
  });
  return right.length / digits.length;
}
