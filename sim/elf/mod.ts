/**
 * ELF files: reading them, and finding what holds an address.
 *
 * @module
 */
export { type FunctionTable, functionTable, symbolAt } from "./functions.ts";
export { parseElf } from "./parse.ts";
export * from "./types.ts";
