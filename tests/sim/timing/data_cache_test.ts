/**
 * The data cache against a plain description of it: sets as lists of lines. What both charge is compared
 * after each access, through the bus as the interpreter uses it.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadBoard } from "../../../mod.ts";
import { InputError } from "../../../src/base/error.ts";
import { createBus } from "../../../sim/memory/mod.ts";
import { createDataCache } from "../../../sim/timing/data_cache.ts";
import { timingFor } from "../../../sim/timing/mod.ts";
import { region, testBoard } from "../boards.ts";
import { createRandom } from "../cpu/testbench.ts";

const GEOMETRY = { size: 1024, ways: 4, line: 32 };
const SETS = 8;
/** Write-back, write-through, and memory beside the cache. */
const BACK = 0x2400_0000;
const THROUGH = 0x0800_0000;
const TIGHT = 0x2000_0000;

function board() {
  return testBoard({
    regions: [
      region({
        ...{ name: "tight", origin: TIGHT, length: 0x1000, port: "dtcm" },
        waitStates: { read: 2, write: 2 },
      }),
      region({
        ...{ name: "back", origin: BACK, length: 0x2000, port: "axim", width: 32 },
        waitStates: { read: 3, write: 5 },
      }),
      region({
        ...{ name: "through", origin: THROUGH, length: 0x2000, port: "axim", width: 256 },
        waitStates: { read: 7, write: 11 },
      }),
    ],
    aliases: [],
  });
}

interface Line {
  readonly tag: number;
  dirty: boolean;
}

/** What the TRM and data_cache.ts say, as directly as possible. */
class Reference {
  readonly reads: Record<string, number> = { tight: 0, back: 0, through: 0 };
  readonly writes: Record<string, number> = { tight: 0, back: 0, through: 0 };
  readonly #sets = Array.from({ length: SETS }, () => ({
    ways: new Array<Line | undefined>(4).fill(undefined),
    turn: 0,
  }));

  /** 4 bytes wide: 8 beats and 8 accesses; 32 bytes wide: 4 beats and 1 access. */
  static readonly FILL: Record<string, number> = { back: 8 + 8 * 3, through: 4 + 7 };
  static readonly BACK = 8 + 8 * 5;

  access(address: number, write: boolean): void {
    const name = address >= BACK ? "back" : address >= TIGHT ? "tight" : "through";
    const charges = write ? this.writes : this.reads;
    const pay = (cycles: number) => charges[name] = (charges[name] ?? 0) + cycles;
    if (name === "tight") {
      pay(2);
      return;
    }
    const tag = Math.floor(address / 32);
    const set = this.#sets[tag % SETS];
    if (set === undefined) return;
    const hit = set.ways.find((line) => line?.tag === tag);
    if (write && name === "through") pay(11);
    else if (hit !== undefined) hit.dirty ||= write;
    else {
      let way = set.ways.indexOf(undefined);
      if (way < 0) {
        way = set.turn;
        set.turn = (set.turn + 1) % 4;
      }
      if (set.ways[way]?.dirty === true) {
        this.writes["back"] = (this.writes["back"] ?? 0) + Reference.BACK;
      }
      set.ways[way] = { tag, dirty: write };
      pay(Reference.FILL[name] ?? 0);
    }
  }

  maintain(tag: number, clean: boolean, invalidate: boolean): void {
    const set = this.#sets[tag % SETS];
    const way = set?.ways.findIndex((line) => line?.tag === tag) ?? -1;
    const line = set?.ways[way];
    if (set === undefined || line === undefined) return;
    if (clean && line.dirty) {
      this.writes["back"] = (this.writes["back"] ?? 0) + Reference.BACK;
      line.dirty = false;
    }
    if (invalidate) set.ways[way] = undefined;
  }
}

Deno.test("the data cache charges what a plain description of it charges", () => {
  const random = createRandom(3);
  const bus = createBus(board(), [], {
    memoryTiming: (windows) => createDataCache(GEOMETRY, windows),
  });
  bus.resetCounts();
  const cache = bus.model?.cache;
  assert(cache !== undefined);
  cache.enable(true);
  const reference = new Reference();
  for (let step = 0; step < 20_000; step++) {
    const base = [BACK, BACK, THROUGH, TIGHT][random() % 4] ?? BACK;
    const address = base + (random() % 0x400) * 4;
    const choice = random() % 16;
    if (choice < 2 && base !== TIGHT) {
      const [operation, clean, invalidate] = ([
        ["clean", true, false],
        ["invalidate", false, true],
        ["clean-invalidate", true, true],
      ] as const)[random() % 3] ?? ["clean", true, false];
      cache.maintain(operation, "address", address);
      reference.maintain(Math.floor(address / 32), clean, invalidate);
    } else if (choice < 8 && base !== THROUGH) {
      bus.write32(address, step);
      reference.access(address, true);
    } else if (choice < 12) {
      bus.read8(address);
      reference.access(address, false);
    } else {
      bus.read32(address);
      reference.access(address, false);
    }
    if (step % 100 !== 0) continue;
    for (const { name, read, write } of bus.counts()) {
      assertEquals([name, read.cycles, write.cycles], [
        name,
        reference.reads[name] ?? 0,
        reference.writes[name] ?? 0,
      ]);
    }
  }
  const sum = bus.counts().reduce((all, { read, write }) => all + read.cycles + write.cycles, 0);
  assertEquals(bus.waitCycles, sum);
});

Deno.test("the data cache costs nothing it should not while it is off, and again after reset", () => {
  const bus = createBus(board(), [], {
    memoryTiming: (windows) => createDataCache(GEOMETRY, windows),
  });
  bus.resetCounts();
  bus.read32(BACK);
  assertEquals(bus.counts()[1]?.read.cycles, 3);
  bus.model?.cache?.enable(true);
  for (let i = 0; i < 8; i++) bus.read32(BACK + i * 4);
  assertEquals(bus.counts()[1]?.read.cycles, 3 + 32);
  // Unaligned across two lines: the second one is filled too.
  bus.read32(BACK + 30);
  assertEquals(bus.counts()[1]?.read.cycles, 3 + 64);
  bus.model?.cache?.enable(false);
  bus.read32(BACK);
  assertEquals(bus.counts()[1]?.read.cycles, 3 + 64 + 3);
  bus.resetCounts();
  assertEquals(bus.waitCycles, 0);
  bus.model?.cache?.enable(true);
  bus.read32(BACK);
  assertEquals(bus.counts()[1]?.read.cycles, 32);
});

Deno.test("the timing model with a data cache is for boards that have one", async () => {
  const board = await loadBoard("stm32f746g-disco");
  assertEquals(timingFor(board.cpu, "cortex-m7-dcache-1").name, "cortex-m7-dcache-1");
  const { dcache: _, ...cpu } = board.cpu;
  const missing = assertThrows(() => timingFor(cpu, "cortex-m7-dcache-1"), InputError, "dcache");
  assertEquals(missing.code, "E-SIM-TIMING");
  const other = await loadBoard("rp2040");
  assertThrows(() => timingFor(other.cpu, "cortex-m7-dcache-1"), InputError, "cortex-m0plus");
  assertThrows(() => timingFor(other.cpu, "nothing"), InputError, "no such");
});
