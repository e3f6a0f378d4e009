/**
 * The directory that a program may use by semihosting (`--semihosting-dir`): what it names is looked up
 * below that directory and nowhere else.
 *
 * A path is refused if it is absolute, goes up (`..`), or has a symbolic link, a device, a pipe or a
 * directory where a file or folder must be; links are refused even if they point inside. Folders are
 * neither made nor removed.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import {
  ERRNO,
  type HostFile,
  HostFileError,
  type HostFiles,
  type OpenMode,
} from "../../sim/mod.ts";

/** Bytes that one read gives at most; a program reads on if it wants more. */
const MOST_READ = 64 * 1024 * 1024;

function refuse(path: string, reason: string, errno: number = ERRNO.access): never {
  throw new HostFileError(errno, `${JSON.stringify(path)} ${reason}`);
}

/** What a failed call of the host means to the program. */
function failure(path: string, error: unknown): never {
  if (error instanceof HostFileError) throw error;
  if (error instanceof Deno.errors.NotFound) refuse(path, "does not exist", ERRNO.noEntry);
  if (error instanceof Deno.errors.PermissionDenied) refuse(path, "may not be used");
  refuse(path, `failed: ${error instanceof Error ? error.message : String(error)}`, ERRNO.io);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The host's path of what a program named; every part of it has been looked at. */
function locate(root: string, path: string): string {
  const isForeign = path.includes("\0") || path.includes("\\") || path.includes(":");
  if (path === "" || isForeign) refuse(path, "is no name of a file", ERRNO.noEntry);
  if (path.startsWith("/")) refuse(path, "is absolute: names are below the granted directory");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) refuse(path, "leaves the granted directory");
  const last = parts.pop();
  if (last === undefined || path.endsWith("/")) refuse(path, "is a directory", ERRNO.isDirectory);
  let folder = root;
  for (const part of parts) {
    folder = `${folder}/${part}`;
    const info = statOf(folder);
    if (info === undefined) refuse(path, "does not exist", ERRNO.noEntry);
    if (info.isSymlink) refuse(path, "goes through a symbolic link");
    if (!info.isDirectory) refuse(path, "has a file where a directory must be", ERRNO.noEntry);
  }
  const full = `${folder}/${last}`;
  const info = statOf(full);
  if (info === undefined) return full;
  if (info.isSymlink) refuse(path, "is a symbolic link");
  if (info.isDirectory) refuse(path, "is a directory", ERRNO.isDirectory);
  if (!info.isFile) refuse(path, "is no regular file");
  return full;
}

const OPTIONS: Readonly<Record<OpenMode, Deno.OpenOptions>> = {
  r: { read: true },
  "r+": { read: true, write: true },
  w: { write: true, create: true, truncate: true },
  "w+": { read: true, write: true, create: true, truncate: true },
  a: { read: true, write: true, create: true },
  "a+": { read: true, write: true, create: true },
};

function openFile(file: Deno.FsFile, name: string): HostFile {
  const guarded = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      return failure(name, error);
    }
  };
  return {
    length: () => guarded(() => file.statSync().size),
    read: (position, length) =>
      guarded(() => {
        const left = Math.max(0, file.statSync().size - position);
        const bytes = new Uint8Array(Math.min(length, left, MOST_READ));
        file.seekSync(position, Deno.SeekMode.Start);
        let done = 0;
        while (done < bytes.length) {
          const count = file.readSync(bytes.subarray(done));
          if (count === null || count === 0) break;
          done += count;
        }
        return bytes.subarray(0, done);
      }),
    write: (position, bytes) =>
      guarded(() => {
        file.seekSync(position, Deno.SeekMode.Start);
        for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      }),
    close: () => file.close(),
  };
}

/**
 * Grants a directory.
 *
 * @param directory Path of it
 * @throws {InputError} If it is no directory (E-CLI-SEMIHOSTING-DIR)
 */
export function grantDirectory(directory: string): HostFiles {
  let root = "";
  try {
    root = Deno.realPathSync(directory);
    if (!Deno.statSync(root).isDirectory) throw new Error("it is no directory");
  } catch (error) {
    throw new InputError(
      "E-CLI-SEMIHOSTING-DIR",
      `Cannot grant ${directory} to the program: ${
        error instanceof Error ? error.message : String(error)
      }, needed a directory`,
      { cause: error },
    );
  }
  const attempt = <T>(path: string, action: (full: string) => T): T => {
    try {
      return action(locate(root, path));
    } catch (error) {
      return failure(path, error);
    }
  };
  return {
    open: (path, mode) =>
      attempt(path, (full) => openFile(Deno.openSync(full, OPTIONS[mode]), path)),
    remove: (path) => attempt(path, (full) => Deno.removeSync(full)),
    rename: (from, to) =>
      attempt(from, (full) => {
        if (statOf(full) === undefined) refuse(from, "does not exist", ERRNO.noEntry);
        attempt(to, (target) => Deno.renameSync(full, target));
      }),
  };
}
