/**
 * `--timeout`: the wall clock's limit of an emulated run. The emulator has no clock; it asks.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import type { Options, OptionSpec } from "./options.ts";

/** An hour: nothing runs forever unasked. */
const DEFAULT_SECONDS = 3600;

/** The flag. */
export const TIMEOUT: OptionSpec = {
  name: "timeout",
  value: "SECONDS",
  help: `stop after so many seconds of running, default ${DEFAULT_SECONDS}`,
};

/** What it says, for people who ran into it. */
export function timeoutHint(options: Options): string {
  return `--timeout is ${secondsOf(options)} s; a program that waits for something looks like this`;
}

/**
 * Reads the flag.
 *
 * @param options Parsed flags
 * @returns Starts the clock and gives what the emulator asks: true when the time is over
 * @throws {UsageError} If the value is not a number of seconds
 */
export function timeLimit(options: Options): () => () => boolean {
  const milliseconds = 1000 * secondsOf(options);
  return () => {
    const end = performance.now() + milliseconds;
    return () => performance.now() >= end;
  };
}

function secondsOf(options: Options): number {
  const text = options.text("timeout");
  if (text === undefined) return DEFAULT_SECONDS;
  const seconds = Number(text);
  if (!(seconds > 0) || !Number.isFinite(seconds)) {
    throw new UsageError(
      "E-CLI-VALUE",
      `Cannot read --timeout: "${text}", needs a number of seconds above zero such as 10 or 0.5`,
    );
  }
  return seconds;
}
