/**
 * Small boards for tests of the emulator, so that a change of a real board file does not change what
 * these tests say.
 *
 * @module
 */
import type { Alias, Board, Region } from "../../src/board/types.ts";

/** A region with ordinary properties. */
export function region(
  fields: Partial<Region> & Pick<Region, "name" | "origin" | "length">,
): Region {
  return {
    kind: "ram",
    access: { read: true, write: true, execute: true },
    initiators: ["c"],
    sections: [],
    reserved: [],
    pool: {},
    source: "test",
    ...fields,
  };
}

/** An alias with the rights of flash. */
export function alias(
  fields: Partial<Alias> & Pick<Alias, "name" | "of" | "origin" | "length">,
): Alias {
  return {
    offset: 0,
    access: { read: true, write: false, execute: true },
    source: "test",
    ...fields,
  };
}

/** A board like an STM32F7: flash at two addresses, ITCM, DTCM next to SRAM1. */
export function testBoard(fields: Partial<Board> = {}): Board {
  return {
    schema: "pinmap/board-1",
    name: "test-board",
    title: "Test board",
    sources: { test: "made for the tests" },
    cpu: { core: "cortex-m7", fpu: "fpv5-sp-d16", clockHz: 216_000_000, source: "test" },
    vectorTable: 0x0800_0000,
    file: "test-board.toml",
    regions: [
      region({
        name: "dtcm",
        origin: 0x2000_0000,
        length: 0x1_0000,
        width: 64,
        access: { read: true, write: true, execute: false },
        waitStates: { read: 0, write: 0, fetch: 0 },
        sections: [".dtcm"],
      }),
      region({
        name: "sram1",
        origin: 0x2001_0000,
        length: 0x3_0000,
        width: 32,
        waitStates: { read: 1, write: 1, fetch: 1 },
      }),
      region({
        name: "itcm",
        origin: 0,
        length: 0x4000,
        width: 64,
        waitStates: { read: 0, write: 0, fetch: 0 },
        sections: [".itcm"],
      }),
      region({
        name: "flash",
        kind: "nvm",
        origin: 0x0800_0000,
        length: 0x10_0000,
        width: 64,
        access: { read: true, write: false, execute: true },
        waitStates: { read: 7, fetch: 7 },
        reserved: [{ origin: 0x080f_0000, length: 0x1_0000, purpose: "settings" }],
      }),
      region({ name: "backup", origin: 0x4002_4010, length: 40 }),
    ],
    aliases: [
      alias({
        name: "flash-itcm",
        of: "flash",
        origin: 0x0020_0000,
        length: 0x10_0000,
        width: 256,
        waitStates: { read: 6, fetch: 6 },
      }),
    ],
    budgets: [],
    ...fields,
  };
}
