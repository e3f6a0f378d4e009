import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../../src/base/error.ts";
import { createBus, describeAddress } from "../../../sim/memory/mod.ts";
import { type AccessKind, type Device, MemoryFault } from "../../../sim/types.ts";
import { alias, region, testBoard } from "../boards.ts";

type Bus = ReturnType<typeof createBus>;

function seen(bus: Bus, name: string) {
  const found = bus.counts().find((one) => one.name === name);
  assert(found !== undefined, name);
  return found;
}

function fault(action: () => unknown): MemoryFault {
  return assertThrows(action, MemoryFault);
}

Deno.test("Bus reads what was written, in every size and at every alignment", () => {
  const bus = createBus(testBoard());
  for (const base of [0x2000_0100, 0x2000_0ffe, 0x4002_4010]) {
    for (let skew = 0; skew < 4; skew++) {
      bus.write32(base + skew, 0x8899_aabb | 0);
      assertEquals(bus.read32(base + skew), 0x8899_aabb | 0);
      assertEquals([0, 1, 2, 3].map((i) => bus.read8(base + skew + i)), [0xbb, 0xaa, 0x99, 0x88]);
      bus.write16(base + skew, 0x1_1234);
      assertEquals(bus.read16(base + skew), 0x1234);
      bus.write8(base + skew, 0x1ff);
      assertEquals(bus.read8(base + skew), 0xff);
    }
  }
});

Deno.test("Bus takes addresses as int32 and as uint32", () => {
  const board = testBoard({
    regions: [region({ name: "high", origin: 0xc000_0000, length: 0x2000 })],
    aliases: [],
  });
  const bus = createBus(board);
  bus.write32(0xc000_0010, 7);
  assertEquals(bus.read32(0xc000_0010 | 0), 7);
  bus.fetch(0xc000_0010 | 0, 2);
  assertEquals(bus.decode16(0xc000_0010 | 0), 7);
});

Deno.test("Bus counts accesses, bytes and wait states by kind", () => {
  const bus = createBus(testBoard());
  bus.read8(0x2001_0000);
  bus.read16(0x2001_0000);
  bus.read32(0x2001_0000);
  bus.write32(0x2001_0000, 1);
  assertEquals(seen(bus, "sram1").read, { accesses: 3, bytes: 7, cycles: 3 });
  assertEquals(seen(bus, "sram1").write, { accesses: 1, bytes: 4, cycles: 1 });
  assertEquals(seen(bus, "sram1").fetch, { accesses: 0, bytes: 0, cycles: 0 });
  assertEquals(bus.waitCycles, 4);
  bus.resetCounts();
  assertEquals([bus.waitCycles, seen(bus, "sram1").read.accesses], [0, 0]);
});

Deno.test("Bus charges each line of the memory's width that an access touches", () => {
  const bus = createBus(testBoard());
  bus.read32(0x2001_0002);
  assertEquals(seen(bus, "sram1").read, { accesses: 1, bytes: 4, cycles: 2 });
  const narrow = createBus(testBoard({
    regions: [
      region({
        name: "psram",
        origin: 0,
        length: 0x2000,
        width: 16,
        waitStates: { read: 3, write: 2 },
      }),
    ],
    aliases: [],
  }));
  narrow.read32(4);
  narrow.write16(4, 0);
  narrow.write32(5, 0);
  assertEquals(seen(narrow, "psram").read.cycles, 6);
  assertEquals(seen(narrow, "psram").write.cycles, 2 + 6);
});

Deno.test("Bus.fetch() charges a line once while it is held, and again when it is entered again", () => {
  const bus = createBus(testBoard());
  const waits = () => seen(bus, "flash").fetch.cycles;
  for (const offset of [0, 2, 4, 6]) bus.fetch(0x0800_0000 + offset, 2);
  assertEquals(waits(), 7);
  bus.fetch(0x0800_0006, 4);
  assertEquals(waits(), 14);
  bus.fetch(0x0800_000a, 2);
  assertEquals(waits(), 14);
  bus.fetch(0x0800_0000, 2);
  bus.fetch(0x0800_0008, 2);
  assertEquals(waits(), 28);
  bus.fetch(0x0800_1006, 4);
  assertEquals(waits(), 42);
  bus.read32(0x0800_0100);
  bus.fetch(0x0800_1008, 2);
  assertEquals(waits(), 42);
  bus.fetch(0x0000_0000, 2);
  bus.fetch(0x0800_1008, 2);
  assertEquals(waits(), 49);
  assertEquals(seen(bus, "flash").fetch.accesses, 11);
  assertEquals(seen(bus, "itcm").fetch, { accesses: 1, bytes: 2, cycles: 0 });
});

Deno.test("Bus.fetch() of a board with 256-bit lines pays once for 16 narrow instructions", () => {
  const bus = createBus(testBoard());
  for (let i = 0; i < 17; i++) bus.fetch(0x0020_0000 + 2 * i, 2);
  assertEquals(seen(bus, "flash-itcm").fetch, { accesses: 17, bytes: 34, cycles: 12 });
  assertEquals(seen(bus, "flash").fetch.accesses, 0);
});

Deno.test("An alias shows the region's bytes and counts under its own name and cost", () => {
  const bus = createBus(testBoard());
  bus.hostWrite(0x0800_0010, Uint8Array.of(1, 2, 3, 4));
  assertEquals(bus.read32(0x0020_0010), 0x0403_0201);
  assertEquals(bus.hostRead(0x0020_0010, 2), Uint8Array.of(1, 2));
  assertEquals(seen(bus, "flash-itcm").read, { accesses: 1, bytes: 4, cycles: 6 });
  assertEquals(seen(bus, "flash").read.accesses, 0);
});

Deno.test("An alias with an offset shows the bytes from there", () => {
  const board = testBoard();
  const bus = createBus({
    ...board,
    aliases: [
      alias({ name: "upper", of: "flash", origin: 0x1000_0000, length: 0x1000, offset: 0x8_0000 }),
    ],
  });
  bus.hostWrite(0x0808_0004, Uint8Array.of(9));
  assertEquals(bus.read8(0x1000_0004), 9);
});

Deno.test("Bus refuses what the memory map does not allow", () => {
  const bus = createBus(testBoard());
  const check = (action: () => unknown, address: number, access: AccessKind, cause: string) => {
    const thrown = fault(action);
    assertEquals(
      { address: thrown.address, access: thrown.access, cause: thrown.cause_ },
      { address, access, cause: cause as typeof thrown.cause_ },
    );
  };
  check(() => bus.write8(0x0800_0000, 1), 0x0800_0000, "write", "write-to-read-only");
  check(() => bus.write32(0x0020_0000, 1), 0x0020_0000, "write", "write-to-read-only");
  check(() => bus.fetch(0x2000_0000, 2), 0x2000_0000, "fetch", "execute-never");
  check(() => bus.decode16(0x2000_0000), 0x2000_0000, "fetch", "execute-never");
  check(() => bus.read8(0x3000_0000), 0x3000_0000, "read", "unmapped");
  check(() => bus.write32(0x4002_4038, 1), 0x4002_4038, "write", "unmapped");
  check(() => bus.fetch(0x0000_3ffe, 4), 0x0000_4000, "fetch", "unmapped");
  check(() => bus.read32(0x0000_3ffe), 0x0000_4000, "read", "unmapped");
  check(() => bus.read8(0xffff_ffff), 0xffff_ffff, "read", "unmapped");
  assertEquals(bus.waitCycles, 0);
  assert(
    bus.counts().every(({ fetch, read, write }) =>
      fetch.accesses + read.accesses + write.accesses === 0
    ),
  );
});

Deno.test("A refused write across the end of a region changes nothing", () => {
  const bus = createBus(testBoard());
  fault(() => bus.write32(0x2003_fffe, -1));
  assertEquals(bus.hostRead(0x2003_fffe, 2), Uint8Array.of(0, 0));
});

Deno.test("Bus refuses reads of memory that can only be written", () => {
  const bus = createBus(testBoard({
    regions: [
      region({
        name: "fifo",
        origin: 0,
        length: 0x1000,
        access: { read: false, write: true, execute: false },
      }),
    ],
    aliases: [],
  }));
  bus.write32(0, 1);
  assertEquals(fault(() => bus.read32(0)).cause_, "read-denied");
});

Deno.test("An access across two neighbouring regions counts in both", () => {
  const bus = createBus(testBoard());
  bus.write32(0x2000_fffd, 0x4433_2211);
  assertEquals(bus.hostRead(0x2000_fffd, 4), Uint8Array.of(0x11, 0x22, 0x33, 0x44));
  assertEquals(bus.read32(0x2000_fffd), 0x4433_2211);
  assertEquals(seen(bus, "dtcm").read, { accesses: 1, bytes: 3, cycles: 0 });
  assertEquals(seen(bus, "sram1").read, { accesses: 1, bytes: 1, cycles: 1 });
});

Deno.test("Bus.onCodeWrite is called for changed code, at every address that shows it", () => {
  const board = testBoard({
    aliases: [
      alias({
        name: "remap",
        of: "sram1",
        origin: 0x6000_0000,
        length: 0x1_0000,
        access: { read: true, write: true, execute: true },
      }),
    ],
  });
  const bus = createBus(board);
  const calls: (readonly [number, number])[] = [];
  bus.onCodeWrite = (address, length) => calls.push([address, length]);
  bus.write32(0x2001_0000, 1);
  assertEquals(calls, []);
  bus.decode16(0x6000_0004);
  bus.write16(0x2001_0004, 1);
  assertEquals(calls, [[0x2001_0004, 2], [0x6000_0004, 2]]);
  calls.length = 0;
  bus.write32(0x2001_8000, 1);
  assertEquals(calls, []);
  bus.hostWrite(0x2001_0004, Uint8Array.of(1));
  assertEquals(calls.length, 2);
});

Deno.test("Bus passes accesses outside its regions to devices, uncounted", () => {
  const log: string[] = [];
  const device: Device = {
    name: "timer",
    origin: 0xe000_1000,
    length: 0x1000,
    read: (offset, size) => (log.push(`read ${offset} ${size}`), 0xffff_fff0),
    write: (offset, size, value) => void log.push(`write ${offset} ${size} ${value}`),
  };
  const bus = createBus(testBoard(), [device]);
  assertEquals(bus.read32(0xe000_1004), -16);
  bus.write8(0xe000_1008, 3);
  assertEquals(log, ["read 4 4", "write 8 1 3"]);
  assertEquals(fault(() => bus.fetch(0xe000_1000, 2)).cause_, "execute-never");
  assertEquals(bus.waitCycles, 0);
  assertEquals(
    assertThrows(() => bus.attach({ ...device, origin: 0x2000_0000 }), InputError).code,
    "E-SIM-DEVICE",
  );
  assertThrows(() => bus.attach({ ...device, origin: 0xe000_1f00 }), InputError, "timer");
});

Deno.test("Host access is uncounted, may write flash and says where an address is", () => {
  const bus = createBus(testBoard());
  bus.hostWrite(0x080f_fffe, Uint8Array.of(1, 2));
  bus.hostWrite(0x2000_fffe, Uint8Array.of(1, 2, 3, 4));
  assertEquals(bus.hostRead(0x2000_fffe, 4), Uint8Array.of(1, 2, 3, 4));
  assertEquals(bus.waitCycles, 0);
  const error = assertThrows(() => bus.hostWrite(0x080f_ffff, Uint8Array.of(7, 7)), InputError);
  assertEquals(error.code, "E-SIM-ADDRESS");
  assert(error.message.includes("the first byte past the end of flash [0x0800_0000, 0x0810_0000)"));
  assertEquals(bus.hostRead(0x080f_ffff, 1), Uint8Array.of(2));
  assertEquals(
    describeAddress(bus.windows, 0x2004_0004),
    "4 B past the end of sram1 [0x2001_0000, 0x2004_0000)",
  );
  assertEquals(
    describeAddress(bus.windows, 0x07ff_fff0),
    "16 B before the start of flash [0x0800_0000, 0x0810_0000)",
  );
});

Deno.test("Bus.notes() names unknown wait states once they were needed", () => {
  const bus = createBus(testBoard());
  assertEquals(bus.notes(), []);
  bus.read8(0x4002_4010);
  bus.read8(0x2000_0000);
  assertEquals(bus.notes(), ["read wait states of backup are not in the board file: counted as 0"]);
});

Deno.test("Bus.fill() fills volatile memory with the pattern and flash as erased", () => {
  const bus = createBus(testBoard());
  bus.fill(0xa5);
  assertEquals(bus.hostRead(0x2000_0000, 1), Uint8Array.of(0xa5));
  assertEquals(bus.hostRead(0x4002_4037, 1), Uint8Array.of(0xa5));
  assertEquals(bus.hostRead(0x0800_0000, 1), Uint8Array.of(0xff));
});

Deno.test("createBus() refuses memories that it cannot hold", () => {
  const huge = testBoard({
    regions: [region({ name: "sdram", origin: 0x8000_0000, length: 2 ** 31 })],
    aliases: [],
  });
  assertEquals(assertThrows(() => createBus(huge), InputError).code, "E-SIM-MEMORY");
});

Deno.test("Bus agrees with a plain model on random accesses", () => {
  const board = testBoard();
  const starts = [0x2000_0000, 0x2000_fff0, 0x2001_0000, 0x4002_4010, 0x0800_0ff0, 0x0020_0ff0];
  const access = fc.record({
    at: fc.tuple(fc.constantFrom(...starts), fc.nat(48)).map(([start, offset]) => start + offset),
    size: fc.constantFrom(1, 2, 4),
    write: fc.boolean(),
    value: fc.integer(),
  });
  fc.assert(
    fc.property(fc.array(access, { maxLength: 60 }), (accesses) => {
      const bus = createBus(board);
      const bytes = new Map<number, number>();
      let waits = 0;
      let count = 0;
      for (const { at, size, write, value } of accesses) {
        const touched = Array.from({ length: size }, (_, i) => at + i);
        const homes = touched.map((address) => home(board, address));
        const allowed = homes.every((one) => one !== undefined && (!write || one.access.write));
        let result: number | undefined;
        try {
          if (write && size === 1) bus.write8(at, value);
          else if (write && size === 2) bus.write16(at, value);
          else if (write) bus.write32(at, value);
          else result = size === 1 ? bus.read8(at) : size === 2 ? bus.read16(at) : bus.read32(at);
          assert(allowed, "should have faulted");
        } catch (error) {
          assert(error instanceof MemoryFault && !allowed, String(error));
          continue;
        }
        const lines = new Set(homes.map((one, i) => {
          const bytesWide = (one?.width ?? 32) / 8;
          return `${one?.name} ${Math.floor((at + i) / bytesWide)}`;
        }));
        for (const line of lines) {
          const one = homes.find((candidate) => line.startsWith(`${candidate?.name} `));
          waits += one?.waitStates?.[write ? "write" : "read"] ?? 0;
        }
        count += new Set(homes.map((one) => one?.name)).size;
        touched.forEach((address, i) => {
          const key = address - (home(board, address)?.shift ?? 0);
          if (write) bytes.set(key, (value >>> (8 * i)) & 255);
          else assertEquals(((result ?? 0) >>> (8 * i)) & 255, bytes.get(key) ?? 0);
        });
      }
      assertEquals(bus.waitCycles, waits);
      const all = bus.counts().reduce(
        (sum, one) => sum + one.read.accesses + one.write.accesses,
        0,
      );
      assertEquals(all, count);
    }),
    { seed: 20260102, numRuns: 300 },
  );
});

function home(board: ReturnType<typeof testBoard>, address: number) {
  const holds = (one: { origin: number; length: number }) =>
    address >= one.origin && address < one.origin + one.length;
  const own = board.regions.find(holds);
  if (own !== undefined) return { ...own, shift: 0 };
  const shown = board.aliases.find(holds);
  return shown === undefined ? undefined : { ...shown, shift: shown.origin - 0x0800_0000 };
}
