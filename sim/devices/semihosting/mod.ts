/**
 * Semihosting: console, files, time, command line, heap, exit.
 *
 * @module
 */
export { ERRNO, type HostFile, HostFileError, type HostFiles, type OpenMode } from "./files.ts";
export { heapInfo } from "./heap.ts";
export {
  createSemihosting,
  type Semihosting,
  type SemihostingOptions,
  type SemihostingParts,
} from "./semihosting.ts";
