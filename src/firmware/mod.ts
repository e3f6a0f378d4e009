/**
 * Firmware: C sources, linker script and manifest from a plan, and the toolchains that build them. Only
 * `findToolchain` and `buildFirmware` touch the system.
 *
 * @module
 */
export { buildFirmware, type BuildOptions, type BuildResult } from "./build.ts";
export { type FirmwareOptions, generateFirmware } from "./generate.ts";
export { findToolchain, type ToolchainOptions } from "./toolchain.ts";
export type * from "./types.ts";
