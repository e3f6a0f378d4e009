/**
 * Where words go: results alone to stdout, talk and progress to stderr, colours only for people.
 *
 * @module
 */
import picocolors from "picocolors";
import type { ProgressBar } from "./progress_bar.ts";

/** Colour functions. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** The command line's view of the terminal. */
export interface Terminal {
  /** Colours for stdout. */
  readonly colors: Colors;
  /** Colours for stderr. */
  readonly talkColors: Colors;
  /** Columns of stdout; 100 where it is no terminal. */
  readonly width: number;
  /** Writes a result to stdout, with a newline. */
  result(text: string): void;
  /** Writes a remark to stderr, with a newline. */
  say(text: string): void;
  /** What is happening now; shown on stderr if it is a terminal and the command takes over 300 ms. */
  progress(text: string, done?: number, total?: number): void;
  /** Removes the progress line. */
  endProgress(): void;
}

const SHOW_AFTER_MS = 300;

type Stream = typeof Deno.stdout | typeof Deno.stderr;

/**
 * The real terminal.
 *
 * @param color `auto`, `always` or `never`
 * @param showProgress `false` for `--no-progress`
 */
export function openTerminal(color: string, showProgress: boolean): Terminal {
  const encoder = new TextEncoder();
  const colorsFor = (stream: Stream) =>
    picocolors.createColors(
      color === "always" || (color !== "never" && stream.isTerminal() && !Deno.noColor),
    );
  const live = showProgress && Deno.stderr.isTerminal() && Deno.env.get("CI") === undefined;
  const showAt = Date.now() + SHOW_AFTER_MS;
  // Loaded only for those who see it; until it is there, nothing is shown.
  let createBar: typeof import("./progress_bar.ts").createBar | undefined;
  if (live) import("./progress_bar.ts").then((loaded) => createBar = loaded.createBar);
  let bar: ProgressBar | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let step = { text: "", done: 0, total: 0 };
  const endProgress = () => {
    clearTimeout(timer);
    timer = undefined;
    bar?.stop();
    bar = undefined;
  };
  const write = (stream: Stream, text: string) => {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      // Who reads no further, as `head` does, still gets the right exit code.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
  const showStep = () => {
    const { text, done, total } = step;
    // The emulator does not return to the event loop while it runs: the bar is written at once.
    bar ??= createBar?.(Deno.consoleSize().columns, (text) => write(Deno.stderr, text));
    bar?.show(text, done, total);
  };
  return {
    colors: colorsFor(Deno.stdout),
    talkColors: colorsFor(Deno.stderr),
    width: Deno.stdout.isTerminal() ? Deno.consoleSize().columns : 100,
    result: (text) => {
      endProgress();
      write(Deno.stdout, `${text}\n`);
    },
    say: (text) => {
      endProgress();
      write(Deno.stderr, `${text}\n`);
    },
    progress: (text, done = 0, total = 0) => {
      if (!live) return;
      step = { text, done, total };
      if (bar !== undefined || Date.now() >= showAt) showStep();
      else timer ??= setTimeout(showStep, showAt - Date.now());
    },
    endProgress,
  };
}
