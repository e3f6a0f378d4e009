/**
 * Memory of a board: regions, aliases, access rights, counts, wait states.
 *
 * @module
 */
export { type BoardBus, type BusOptions, createBus } from "./bus.ts";
export type { HostAccess } from "./host.ts";
export {
  describeAddress,
  formatWindow,
  type Window,
  type WindowMap,
  windowsOf,
} from "./windows.ts";
