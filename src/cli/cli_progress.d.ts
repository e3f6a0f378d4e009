/**
 * The part of `cli-progress` that the terminal uses. Its own types on the registry bring those of Node,
 * which change the global types of the whole project.
 *
 * @module
 */

/** How a bar looks. */
interface Options {
  readonly format: string;
  readonly barsize: number;
  readonly clearOnComplete: boolean;
  readonly hideCursor: boolean;
  readonly linewrap: boolean;
  readonly stream: {
    readonly isTTY: boolean;
    readonly columns: number;
    write(text: string): void;
  };
}

declare class SingleBar {
  constructor(options: Options, preset: unknown);
  start(total: number, value: number, payload: { readonly text: string }): void;
  setTotal(total: number): void;
  update(value: number, payload: { readonly text: string }): void;
  stop(): void;
}

declare const cliProgress: {
  readonly SingleBar: typeof SingleBar;
  readonly Presets: { readonly shades_classic: unknown };
};
export default cliProgress;
