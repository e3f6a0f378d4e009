/**
 * Open handles of semihosting: consoles, the description of features, files.
 *
 * @module
 */
import { TextOutput } from "../text_output.ts";
import { ERRNO, type HostFile, HostFileError, type HostFiles, type OpenMode } from "./files.ts";

/** What a handle stands for. */
export interface Handle {
  readonly kind: "input" | "output" | "features" | "file";
  /** Name in SYS_OPEN, and how it was opened: to open it again from a snapshot. */
  readonly name: string;
  readonly mode: OpenMode;
  readonly file?: HostFile | undefined;
  position: number;
}

/** Handles and the console's input and output; plain data. */
export interface HandleState {
  readonly handles: readonly (readonly [number, Omit<Handle, "file">])[];
  readonly taken: number;
  readonly written: number;
}

/** `SHFB`, then the bits: SYS_EXIT_EXTENDED exists, stdout and stderr are apart (section 8). */
const FEATURES = Uint8Array.of(0x53, 0x48, 0x46, 0x42, 3);
const MODES: readonly OpenMode[] = ["r", "r+", "w", "w+", "a", "a+"];
const MOST_HANDLES = 64;
/** Bytes that a program may write to files in a run. */
const MOST_WRITTEN = 256 * 1024 * 1024;

/** The handles of one program. */
export class Handles {
  readonly #open = new Map<number, Handle>();
  readonly #files: HostFiles | undefined;
  readonly #output: TextOutput;
  readonly #input: Uint8Array;
  #taken = 0;
  #written = 0;

  /**
   * @param files What the user granted
   * @param output The console
   * @param input What the console's reader gets
   */
  constructor(files: HostFiles | undefined, output: TextOutput, input: Uint8Array) {
    this.#files = files;
    this.#output = output;
    this.#input = input;
  }

  /** Opens by name and mode number; throws {@linkcode HostFileError}. */
  open(name: string, mode: number): number {
    const how = MODES[mode >>> 1];
    if (how === undefined) throw new HostFileError(ERRNO.invalid, `mode ${mode} does not exist`);
    if (this.#open.size >= MOST_HANDLES) {
      throw new HostFileError(ERRNO.tooManyFiles, `${MOST_HANDLES} are open already`);
    }
    let number = 1;
    while (this.#open.has(number)) number++;
    this.#open.set(number, this.#make(name, how));
    return number;
  }

  #make(name: string, mode: OpenMode): Handle {
    const base = { name, mode, position: 0 };
    if (name === ":tt") return { ...base, kind: mode.startsWith("r") ? "input" : "output" };
    if (name === ":semihosting-features") {
      if (mode !== "r") throw new HostFileError(ERRNO.access, "it can only be read");
      return { ...base, kind: "features" };
    }
    if (this.#files === undefined) {
      throw new HostFileError(
        ERRNO.noEntry,
        "no directory was granted, only the console :tt exists",
      );
    }
    return { ...base, kind: "file", file: this.#files.open(name, mode) };
  }

  /** The open handle of a number; throws {@linkcode HostFileError}. */
  get(number: number): Handle {
    const handle = this.#open.get(number);
    if (handle === undefined) {
      throw new HostFileError(ERRNO.badFile, `handle ${number} is not open`);
    }
    return handle;
  }

  /** Closes one. */
  close(number: number): void {
    this.get(number).file?.close();
    this.#open.delete(number);
  }

  /** Up to `length` bytes of the console's input. */
  readConsole(length: number): Uint8Array {
    const bytes = this.#input.subarray(this.#taken, this.#taken + length);
    this.#taken += bytes.length;
    return bytes;
  }

  /** Up to `length` bytes from where the handle stands; throws {@linkcode HostFileError}. */
  read(number: number, length: number): Uint8Array {
    const handle = this.get(number);
    if (handle.kind === "input") return this.readConsole(length);
    if (handle.kind === "output" || handle.mode === "w" || handle.mode === "a") {
      throw new HostFileError(ERRNO.badFile, "it was opened for writing");
    }
    const bytes = handle.kind === "features"
      ? FEATURES.slice(handle.position, handle.position + length)
      : handle.file?.read(handle.position, length) ?? new Uint8Array(0);
    handle.position += bytes.length;
    return bytes;
  }

  /** Writes where the handle stands; throws {@linkcode HostFileError}. */
  write(number: number, bytes: Uint8Array): void {
    const handle = this.get(number);
    if (handle.kind === "output") {
      this.#output.write(bytes);
      return;
    }
    if (handle.file === undefined || handle.mode === "r") {
      throw new HostFileError(ERRNO.badFile, "it was opened for reading");
    }
    if (this.#written + bytes.length > MOST_WRITTEN) {
      throw new HostFileError(ERRNO.noSpace, `more than ${MOST_WRITTEN} B were written to files`);
    }
    this.#written += bytes.length;
    const position = handle.mode.startsWith("a") ? handle.file.length() : handle.position;
    handle.file.write(position, bytes);
    handle.position = position + bytes.length;
  }

  /** Bytes of a file; throws {@linkcode HostFileError}. */
  lengthOf(number: number): number {
    const handle = this.get(number);
    if (handle.kind === "features") return FEATURES.length;
    if (handle.file !== undefined) return handle.file.length();
    throw new HostFileError(ERRNO.invalid, "a console has no length");
  }

  /** Moves to a position; throws {@linkcode HostFileError}. */
  seek(number: number, position: number): void {
    const handle = this.get(number);
    if (handle.kind === "input" || handle.kind === "output") {
      throw new HostFileError(ERRNO.illegalSeek, "a console has no position");
    }
    if (position > this.lengthOf(number)) {
      throw new HostFileError(ERRNO.invalid, `${position} is past its end`);
    }
    handle.position = position;
  }

  /** Closes everything; the input starts over. */
  reset(): void {
    for (const handle of this.#open.values()) handle.file?.close();
    this.#open.clear();
    this.#taken = this.#written = 0;
  }

  /** What is open and where it stands; the content of files is the host's. */
  save(): HandleState {
    const handles = [...this.#open].map(([number, { file: _, ...rest }]) =>
      [number, rest] as const
    );
    return { handles, taken: this.#taken, written: this.#written };
  }

  /** Opens what was open; a file that is gone reads and writes as closed. */
  restore(state: HandleState): void {
    this.reset();
    this.#taken = state.taken;
    this.#written = state.written;
    for (const [number, { name, mode, position }] of state.handles) {
      try {
        // What has been emptied once must not be emptied again.
        const kept = mode === "w" ? "r+" : mode === "w+" ? "r+" : mode;
        const handle = { ...this.#make(name, kept), mode };
        if (name !== ":tt") handle.position = position;
        this.#open.set(number, name === ":tt" ? this.#make(name, mode) : handle);
      } catch (error) {
        if (!(error instanceof HostFileError)) throw error;
      }
    }
  }
}
