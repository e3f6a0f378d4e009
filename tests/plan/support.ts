/**
 * Boards and problems small enough to read in a test.
 *
 * @module
 */
import type { Board, Region } from "../../src/board/types.ts";
import type { BufferInfo, Pool } from "../../src/plan/types.ts";

/** A region that `c` reaches; RAM at 0x2000_0000 unless told. */
export function region(name: string, length: number, changes: Partial<Region> = {}): Region {
  return {
    name,
    kind: "ram",
    origin: 0x2000_0000,
    length,
    access: { read: true, write: changes.kind !== "nvm", execute: true },
    initiators: ["c"],
    sections: [],
    reserved: [],
    pool: {},
    source: "test",
    ...changes,
  };
}

/** Non-volatile memory. */
export function flash(length: number, changes: Partial<Region> = {}): Region {
  return region("flash", length, { kind: "nvm", origin: 0x0800_0000, ...changes });
}

/** A board with these regions. */
export function board(...regions: readonly Region[]): Board {
  return {
    schema: "pinmap/board-1",
    name: "test-board",
    title: "Test board",
    sources: {},
    cpu: { core: "cortex-m7", fpu: "none", clockHz: 1, source: "test" },
    vectorTable: 0x0800_0000,
    file: "test-board.toml",
    regions,
    aliases: [],
    budgets: [],
  };
}

/** A workspace pool of that many bytes. */
export function pool(name: string, limitBytes: number, changes: Partial<Pool> = {}): Pool {
  return {
    name,
    region: name,
    kind: "workspace",
    targets: ["c"],
    limitBytes,
    alignment: 16,
    properties: {},
    ...changes,
  };
}

/** A buffer live from `first` to `last`, by default in pool `p` and unaligned. */
export function buffer(
  name: string,
  size: number,
  first: number,
  last: number,
  changes: Partial<BufferInfo> = {},
): BufferInfo {
  return {
    name,
    func: "__tvm_main__",
    size,
    alignment: 1,
    kind: "workspace",
    candidates: ["p"],
    intervals: [{ first, last }],
    ...changes,
  };
}
