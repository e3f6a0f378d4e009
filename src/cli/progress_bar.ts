/**
 * The progress line of long commands.
 *
 * @module
 */
// @ts-types="./cli_progress.d.ts"
import cliProgress from "cli-progress";

/** A line that shows how far a step is. */
export interface ProgressBar {
  /** Shows a step, and how much of it is done. */
  show(text: string, done: number, total: number): void;
  /** Wipes the line. */
  stop(): void;
}

/**
 * Makes the line; it is there with the first step that it shows.
 *
 * @param columns Width of the terminal
 * @param write Writes to it at once
 */
export function createBar(columns: number, write: (text: string) => void): ProgressBar {
  const bar = new cliProgress.SingleBar({
    format: "{bar} {text}",
    barsize: 24,
    clearOnComplete: true,
    // What an interrupted bar would leave behind in the terminal is not changed at all.
    hideCursor: false,
    linewrap: true,
    stream: { isTTY: true, columns, write },
  }, cliProgress.Presets.shades_classic);
  let started = false;
  return {
    show(text, done, total) {
      if (!started) bar.start(Math.max(total, 1), done, { text });
      started = true;
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { text });
    },
    stop: () => bar.stop(),
  };
}
