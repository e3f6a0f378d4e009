/**
 * The files that a program may reach by semihosting: what a caller has to give. The emulator itself opens
 * nothing; without such an object a program has the console alone.
 *
 * @module
 */

/** How a file is opened: the modes of SYS_OPEN without their text and binary variants. */
export type OpenMode = "r" | "r+" | "w" | "w+" | "a" | "a+";

/** A file that is open. Positions and lengths are bytes. */
export interface HostFile {
  /** Bytes of it now. */
  length(): number;
  /** Up to `length` bytes from a position; fewer only at its end. */
  read(position: number, length: number): Uint8Array;
  /** Writes all bytes at a position. */
  write(position: number, bytes: Uint8Array): void;
  /** Ends its use. */
  close(): void;
}

/** Files below what the user granted. Paths are as the program wrote them: to be checked, not trusted. */
export interface HostFiles {
  /** Opens a file; `w` and `a` make it if need be. Throws {@linkcode HostFileError}. */
  open(path: string, mode: OpenMode): HostFile;
  /** Removes a file. Throws {@linkcode HostFileError}. */
  remove(path: string): void;
  /** Gives a file another name. Throws {@linkcode HostFileError}. */
  rename(from: string, to: string): void;
}

/** Error numbers of newlib and picolibc that a program may get. */
export const ERRNO = {
  noEntry: 2,
  io: 5,
  tooBig: 7,
  badFile: 9,
  access: 13,
  isDirectory: 21,
  invalid: 22,
  tooManyFiles: 24,
  noSpace: 28,
  illegalSeek: 29,
  notImplemented: 88,
} as const;

/** A request for a file that was refused or failed. */
export class HostFileError extends Error {
  /** The class's name. */
  override name = "HostFileError";
  /**
   * Describes a refused request.
   *
   * @param errno Number for the program, of {@linkcode ERRNO}
   * @param message Reason for the user
   */
  constructor(readonly errno: number, message: string) {
    super(message);
  }
}
