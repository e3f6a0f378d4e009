/**
 * Where words go: results alone to stdout, talk and progress to stderr, colours only for people.
 *
 * @module
 */
// @ts-types="./cli_progress.d.ts"
import cliProgress from "cli-progress";
import picocolors from "picocolors";

/** Colour functions. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** The command line's view of the terminal. */
export interface Terminal {
  /** Colours for stdout. */
  readonly colors: Colors;
  /** Columns of stdout; 100 where it is no terminal. */
  readonly width: number;
  /** Writes a result to stdout, with a newline. */
  result(text: string): void;
  /** Writes a remark to stderr, with a newline. */
  say(text: string): void;
  /** What is happening now; shown on stderr only if it is a terminal and takes more than 300 ms. */
  progress(text: string, done?: number, total?: number): void;
  /** Removes the progress line. */
  endProgress(): void;
}

const SHOW_AFTER_MS = 300;

/**
 * The real terminal.
 *
 * @param color `auto`, `always` or `never`
 * @param showProgress `false` for `--no-progress`
 */
export function openTerminal(color: string, showProgress: boolean): Terminal {
  const encoder = new TextEncoder();
  const wantsColor = color === "always" ||
    (color !== "never" && Deno.stdout.isTerminal() && !Deno.noColor);
  const live = showProgress && Deno.stderr.isTerminal() && Deno.env.get("CI") === undefined;
  let bar: InstanceType<typeof cliProgress.SingleBar> | undefined;
  let started: number | undefined;
  const endProgress = () => {
    bar?.stop();
    bar = undefined;
    started = undefined;
  };
  const write = (stream: typeof Deno.stdout | typeof Deno.stderr, text: string) => {
    const bytes = encoder.encode(`${text}\n`);
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  };
  return {
    colors: picocolors.createColors(wantsColor),
    width: Deno.stdout.isTerminal() ? Deno.consoleSize().columns : 100,
    result: (text) => {
      endProgress();
      write(Deno.stdout, text);
    },
    say: (text) => {
      endProgress();
      write(Deno.stderr, text);
    },
    progress: (text, done = 0, total = 0) => {
      if (!live) return;
      started ??= Date.now();
      if (bar === undefined) {
        if (Date.now() - started < SHOW_AFTER_MS) return;
        bar = new cliProgress.SingleBar({
          format: "{bar} {text}",
          barsize: 24,
          clearOnComplete: true,
          hideCursor: true,
        }, cliProgress.Presets.shades_classic);
        bar.start(Math.max(total, 1), done, { text });
      }
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { text });
    },
    endProgress,
  };
}
