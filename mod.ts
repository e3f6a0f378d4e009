/**
 * pinmap: plan where buffers, weights and code go on a board, build the firmware, check where the
 * linker put it, and run it with cycles counted per memory region.
 *
 * The emulator alone is `@pinmap/pinmap/sim`, the command line `@pinmap/pinmap/cli`.
 *
 * @example Pin two buffers and see where they went
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard, moduleBuilder, parsePoolSpec, plan } from "./mod.ts";
 *
 * const net = moduleBuilder("net");
 * const main = net.main();
 * const a = main.allocate("a", "int8", [1024], { input: "a" });
 * const b = main.allocate("b", "int8", [1024], { output: "b", candidates: ["dtcm"] });
 * main.call("pinmap_copy_s8", [a, b, 1024]);
 *
 * const board = await loadBoard("stm32f746g-disco");
 * const pools = ["name=sram1", "name=dtcm;size=4K"];
 * const result = plan(net.build(), board, {
 *   workspaceBuffers: pools.map((pool) => parsePoolSpec(pool, "workspace")),
 * });
 * assertEquals(result.allocations.map(({ pool, offset }) => `${pool}+${offset}`), ["sram1+0", "dtcm+0"]);
 * ```
 *
 * @module
 */
export type * from "./src/base/documents.ts";
export * from "./src/base/error.ts";
export * from "./src/board/mod.ts";
export * from "./src/check/mod.ts";
export * from "./src/firmware/mod.ts";
export * from "./src/import/mod.ts";
export * from "./src/ir/mod.ts";
export * from "./src/plan/mod.ts";
export * from "./src/report/mod.ts";
export * from "./src/report/page.ts";
export * from "./src/simulate/mod.ts";
