/**
 * The one error shape of pinmap: what could not be done, the actual and the needed value, where, and
 * what to do about it. Every room throws a subclass of {@linkcode PinmapError}; only the command line
 * turns them into text and exit codes.
 *
 * @module
 */
import type { PlanFinding } from "./documents.ts";

/** A place in a text file. Lines and columns count from 1. */
export interface SourceLocation {
  /** Path as the user gave it. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** The offending line, without its newline. */
  readonly lineText?: string;
  /** How many characters of the line to underline. */
  readonly length?: number;
}

/** What an error carries besides its message. */
export interface ErrorDetails {
  /** Where in which file, if the cause lies in a text file. */
  readonly location?: SourceLocation | undefined;
  /** What the reader can do, one sentence each. */
  readonly hints?: readonly string[] | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** Machine-readable facts for JSON output. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * An error that a user can act on.
 *
 * @example Catch one by its stable code
 * ```ts
 * import { PinmapError } from "./error.ts";
 *
 * try {
 *   throw new PinmapError("E-EXAMPLE", "Cannot place x: needs 4 B, has 2 B");
 * } catch (error) {
 *   if (!(error instanceof PinmapError) || error.code !== "E-EXAMPLE") throw error;
 * }
 * ```
 */
export class PinmapError extends Error {
  /** The class's name, for stack traces. */
  override name = "PinmapError";
  /** Stable identifier such as `E-BOARD-OVERLAP`; the text may change, this does not. */
  readonly code: string;
  /** Where in which file. */
  readonly location: SourceLocation | undefined;
  /** What the reader can do. */
  readonly hints: readonly string[];
  /** Machine-readable facts. */
  readonly data: Readonly<Record<string, unknown>> | undefined;

  /**
   * Makes an error with its code and what helps to act on it.
   *
   * @param code Stable identifier, `E-<ROOM>-<WHAT>`
   * @param message `Cannot <action>: <actual>, <needed>`, no full stop
   * @param details Location, hints, cause and data
   */
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.location = details.location;
    this.hints = details.hints ?? [];
    this.data = details.data;
  }
}

/** The caller asked for something that cannot be understood: exit code 2. */
export class UsageError extends PinmapError {
  /** The class's name, for stack traces. */
  override name = "UsageError";
}

/** Input (board, model, module, ELF, image) that is wrong: exit code 2. */
export class InputError extends PinmapError {
  /** The class's name, for stack traces. */
  override name = "InputError";
}

/** A plan that cannot exist: exit code 3. */
export class InfeasibleError extends PinmapError {
  /** The class's name, for stack traces. */
  override name = "InfeasibleError";
  /** What stands in the way, as far as that was looked for. */
  readonly findings: readonly PlanFinding[];

  /**
   * Makes the error.
   *
   * @param code Stable identifier
   * @param message `Cannot <action>: <actual>, <needed>`, no full stop
   * @param details Location, hints, cause, data and findings
   */
  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { readonly findings?: readonly PlanFinding[] | undefined } = {},
  ) {
    super(code, message, details);
    this.findings = details.findings ?? [];
  }
}

/** A compiler or linker that is missing or failed: exit code 4. */
export class ToolchainError extends PinmapError {
  /** The class's name, for stack traces. */
  override name = "ToolchainError";
}
