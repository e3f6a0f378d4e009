import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createBus, createMachine, parseElf } from "../../../sim/mod.ts";
import { type AccessKind, type AccessMode, type Guard, MemoryFault } from "../../../sim/types.ts";
import { need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { EXAMPLE, withLinked } from "../link.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };

/** A guard that lists what it was asked. */
function watcher(origin: number, end: number, seen: string[]): Guard {
  return {
    name: "watcher",
    ranges: [{ origin, end }],
    read: (address, size) => {
      seen.push(`read ${address.toString(16)} ${size}`);
      return undefined;
    },
    write: (address, size, value) => {
      seen.push(`write ${address.toString(16)} ${size} ${value}`);
      return false;
    },
    fetch: (address, size) => {
      seen.push(`fetch ${address.toString(16)} ${size}`);
    },
  };
}

Deno.test("A guard is asked for accesses that touch its range, and for no other", () => {
  const bus = createBus(testBoard());
  const seen: string[] = [];
  const guard = watcher(0x2001_0104, 0x2001_0108, seen);
  bus.addGuard(guard);
  bus.write32(0x2001_0100, 1);
  bus.write32(0x2001_0108, 1);
  bus.read32(0x2001_0f00);
  assertEquals(seen, []);
  bus.write32(0x2001_0104, 7);
  assertEquals(bus.read32(0x2001_0104), 7);
  bus.read16(0x2001_0103);
  bus.read8(0x2001_0107);
  bus.fetch(0x2001_0102, 4);
  assertEquals(seen, [
    "write 20010104 4 7",
    "read 20010104 4",
    "read 20010103 2",
    "read 20010107 1",
    "fetch 20010102 4",
  ]);
  bus.removeGuard(guard);
  bus.read32(0x2001_0104);
  assertEquals(seen.length, 5);
});

Deno.test("A guard that looks changes no count, and one that refuses counts nothing", () => {
  const plain = createBus(testBoard());
  const watched = createBus(testBoard());
  watched.addGuard(watcher(0x2000_0000, 0x2004_0000, []));
  for (const bus of [plain, watched]) {
    for (const [at, size] of [[0x2000_fffe, 4], [0x2001_0000, 4], [0x2001_0001, 2]] as const) {
      if (size === 4) bus.write32(at, 0x1234_5678);
      bus.read16(at);
      bus.read8(at);
      bus.fetch(0x2001_0ffe, 4);
    }
  }
  assertEquals(watched.counts(), plain.counts());
  assertEquals(watched.waitCycles, plain.waitCycles);
  const before = watched.counts();
  watched.addGuard({
    name: "error",
    ranges: [{ origin: 0x2002_0000, end: 0x2002_0004, kinds: ["write"] }],
    write: (address) => {
      throw new MemoryFault(address, "write", "bus-error");
    },
  });
  assertEquals(assertThrows(() => watched.write8(0x2002_0003, 1), MemoryFault).cause_, "bus-error");
  assertEquals(watched.counts(), before);
});

Deno.test("A guard may do an access itself, for the guards behind it", () => {
  const bus = createBus(testBoard());
  const order: string[] = [];
  const first = watcher(0x2000_0000, 0x2200_0000, order);
  bus.addGuard(first);
  bus.addGuard({
    name: "mirror",
    ranges: [{ origin: 0x2100_0000, end: 0x2100_1000 }],
    read: (address, size) =>
      size === 4 ? bus.read32(address - 0x100_0000) : bus.read8(address - 0x100_0000),
    write: (address, _size, value) => {
      bus.write32(address - 0x100_0000, value);
      return true;
    },
  });
  bus.write32(0x2100_0010, 99);
  assertEquals(bus.read32(0x2100_0010), 99);
  assertEquals(order, ["write 21000010 4 99", "read 21000010 4"]);
  bus.removeGuard(first);
  assertEquals(bus.read32(0x2000_0010), 99);
  assertEquals(bus.counts().find((one) => one.name === "dtcm")?.write.accesses, 1);
});

Deno.test("Guards that differ by mode follow the core", () => {
  const bus = createBus(testBoard(), [], { translation: true });
  const denied: Guard = {
    name: "denied",
    ranges: [
      { origin: 0x2001_0000, end: 0x2001_0800, modes: [1] },
      { origin: 0x0800_0000, end: 0x0800_1000, modes: [1], kinds: ["fetch"] },
    ],
    read: (address) => {
      throw new MemoryFault(address, "read", "mpu-denied");
    },
    fetch: (address) => {
      throw new MemoryFault(address, "fetch", "mpu-denied");
    },
  };
  bus.addGuard(denied);
  const memory = bus.translation;
  assert(memory !== undefined);
  const entry = (address: number) =>
    new Int32Array(memory.memory.buffer, memory.readTable)[address >>> memory.readShift] ?? 0;
  bus.decode16(0x0800_0000);
  const lost: string[] = [];
  bus.onCodeWrite = (address, length) => lost.push(`${address.toString(16)} ${length}`);
  bus.read32(0x2001_0000);
  bus.fetch(0x0800_0000, 2);
  assert(entry(0x2001_0000) !== 0);
  assert(memory.codeRow(0x0800_0000) !== 0);
  assertEquals(bus.setMode?.(1), 0);
  // Units of that page would run unasked: they are dropped, and the page is not translated again.
  assertEquals(lost, ["8000000 4096"]);
  assertEquals(memory.codeRow(0x0800_0000), 0);
  assertEquals(entry(0x2001_0000), 0);
  assertThrows(() => bus.read32(0x2001_0000), MemoryFault);
  assertThrows(() => bus.fetch(0x0800_0000, 2), MemoryFault);
  bus.read32(0x2001_0800);
  bus.fetch(0x0800_1000, 2);
  assertEquals(bus.setMode?.(0), 1);
  bus.read32(0x2001_0000);
  bus.fetch(0x0800_0000, 2);
  assert(entry(0x2001_0000) !== 0);
  bus.removeGuard(denied);
  assert(memory.codeRow(0x0800_0000) !== 0);
});

/** Where the random accesses go: the ends of pages, regions and a device-free hole. */
const BASES = [0x2000_0ff8, 0x2000_fff8, 0x2001_0000, 0x2003_fff0, 0x0800_0ff8, 0x0010_0000];

Deno.test("Guards agree with asking every guard for every access", () => {
  const kinds: readonly AccessKind[] = ["read", "write", "fetch"];
  const address = fc.tuple(fc.constantFrom(...BASES), fc.integer({ min: 0, max: 24 }))
    .map(([base, offset]) => base + offset);
  const range = fc.record({
    origin: address,
    length: fc.constantFrom(1, 4, 32, 0x1000, 0x1_0000),
    kinds: fc.subarray([...kinds], { minLength: 1 }),
    modes: fc.subarray<AccessMode>([0, 1, 2], { minLength: 1 }),
  });
  const access = fc.record({
    kind: fc.constantFrom(...kinds),
    at: address,
    size: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
    mode: fc.constantFrom<AccessMode>(0, 1, 2),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(range, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      fc.array(access, { maxLength: 60 }),
      fc.boolean(),
      (lists, accesses, translation) => {
        const bus = createBus(testBoard(), [], { translation });
        const reference = createBus(testBoard());
        const refuse = (at: number, kind: AccessKind) => {
          throw new MemoryFault(at, kind, "mpu-denied");
        };
        const guards = lists.map((ranges, index): Guard => ({
          name: `guard ${index}`,
          ranges: ranges.map((one) => ({ ...one, end: one.origin + one.length })),
          read: (at) => refuse(at, "read"),
          write: (at) => refuse(at, "write"),
          fetch: (at) => refuse(at, "fetch"),
        }));
        const outcome = (one: typeof bus, kind: AccessKind, at: number, size: 1 | 2 | 4) => {
          try {
            if (kind === "fetch") return one.fetch(at & ~1, size === 1 ? 2 : size);
            if (kind === "read") return [one.read8, one.read16, one.read32][size >> 1]?.(at);
            return [one.write8, one.write16, one.write32][size >> 1]?.(at, 0x5a5a_5a5a);
          } catch (error) {
            if (error instanceof MemoryFault) return error.cause_;
            throw error;
          }
        };
        for (const guard of guards) bus.addGuard(guard);
        accesses.forEach(({ kind, at, size, mode }, index) => {
          const gone = guards[index % 20 === 19 ? 0 : -1];
          if (gone !== undefined) bus.removeGuard(guards.shift() ?? gone);
          bus.setMode?.(mode);
          const start = kind === "fetch" ? at & ~1 : at;
          const length = kind === "fetch" && size === 1 ? 2 : size;
          const denied = guards.some(({ ranges }) =>
            ranges.some((one) =>
              start < one.end && start + length > one.origin &&
              one.kinds?.includes(kind) === true &&
              one.modes?.includes(mode) === true
            )
          );
          const expected = denied ? "mpu-denied" : outcome(reference, kind, at, size);
          assertEquals(outcome(bus, kind, at, size), expected);
        });
        assertEquals(bus.counts(), reference.counts());
      },
    ),
    { numRuns: Number(Deno.env.get("PINMAP_CASES") ?? 150) },
  );
});

need(GCC, "A guard in the middle of a run: both engines see the same", () => {
  withLinked(EXAMPLE, ({ bytes }) => {
    const results = (["interpreter", "translator"] as const).map((engine) => {
      const machine = createMachine(testBoard(), parseElf(bytes, "program.elf"), { engine });
      const pool = machine.symbolAddress("pool");
      const seen: string[] = [];
      machine.run({ maxInstructions: 400 });
      machine.bus.addGuard(watcher(pool + 200, pool + 204, seen));
      const stop = machine.run({ maxInstructions: 100_000 });
      return { seen, stop, counts: machine.counts() };
    });
    assertEquals(results[1], results[0]);
    assert((results[0]?.seen.length ?? 0) >= 4, JSON.stringify(results[0]?.seen));
  });
});
