/**
 * Unicorn as a second execution engine.
 *
 * @module
 */
export { unicornEngine } from "./engine.ts";
export { loadUnicorn, type LoadUnicornOptions, type UnicornSource } from "./load.ts";
export type {
  AccessHook,
  CodeHook,
  InvalidHook,
  UnicornCore,
  UnicornProvider,
} from "./provider.ts";
export { openUnicornJs, type UnicornJs, type UnicornJsCore } from "./unicorn_js.ts";
