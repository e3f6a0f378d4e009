/**
 * Any bytes as firmware: the host neither crashes nor hangs, and nothing is opened that was not granted.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { loadBoard } from "../../../src/board/mod.ts";
import {
  createMachine,
  createSemihosting,
  type ElfImage,
  ERRNO,
  HostFileError,
  type HostFiles,
} from "../../../sim/mod.ts";

const CASES = Number(Deno.env.get("PINMAP_CASES") ?? 150);

/** Files in memory that note what they were asked. */
function memoryFiles(asked: string[]): HostFiles {
  const files = new Map<string, Uint8Array>([["a", new Uint8Array(10)]]);
  return {
    open(path, mode) {
      asked.push(path);
      if (!files.has(path) && mode.startsWith("r")) throw new HostFileError(ERRNO.noEntry, "none");
      let bytes = mode.startsWith("w") ? new Uint8Array(0) : files.get(path) ?? new Uint8Array(0);
      return {
        length: () => bytes.length,
        read: (position, length) => bytes.slice(position, position + length),
        write(position, data) {
          const longer = new Uint8Array(Math.max(bytes.length, position + data.length));
          longer.set(bytes);
          longer.set(data, position);
          bytes = longer;
          files.set(path, bytes);
        },
        close() {},
      };
    },
    remove(path) {
      if (!files.delete(path)) throw new HostFileError(ERRNO.noEntry, "none");
    },
    rename(from, to) {
      const bytes = files.get(from);
      if (bytes === undefined) throw new HostFileError(ERRNO.noEntry, "none");
      files.delete(from);
      files.set(to, bytes);
    },
  };
}

Deno.test("Semihosting answers every request with any arguments", () => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.constantFrom(0x20026, 0x7fff_ffff, -1, -2, 64, 128),
  );
  const request = fc.tuple(fc.oneof(fc.integer({ min: 0, max: 0x32 }), word), word);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 256, maxLength: 256 }),
      fc.array(word, { maxLength: 16 }),
      fc.array(request, { maxLength: 60 }),
      (bytes, words, requests) => {
        const memory = bytes.slice();
        const view = new DataView(memory.buffer);
        words.forEach((value, index) => view.setInt32(4 * index, value, true));
        const check = (address: number, length: number): void => {
          if (address < 0 || length < 0 || address + length > memory.length) {
            throw new RangeError("outside");
          }
        };
        const semihosting = createSemihosting({
          read(address, length) {
            check(address, length);
            return memory.slice(address, address + length);
          },
          write(address, data) {
            check(address, data.length);
            memory.set(data, address);
          },
          cycles: () => 123_456_789,
          clockHz: 1_000_000,
        }, { files: memoryFiles([]), stdin: Uint8Array.of(1, 2, 3), commandLine: "program" });
        for (const [operation, argument] of requests) {
          const registers = Int32Array.of(operation, argument, 0, 0);
          const stop = semihosting.serve(registers);
          assert(stop === undefined || stop.kind === "exit");
        }
        assert(semihosting.notes().length <= 21);
        const saved = semihosting.save();
        semihosting.restore(saved);
        assertEquals(semihosting.output(), semihosting.output());
      },
    ),
    { numRuns: CASES },
  );
});

/** Raw bytes at the start of flash as an image. */
function imageOf(data: Uint8Array): ElfImage {
  return {
    file: "random.bin",
    entry: 1,
    flags: 0,
    sections: [],
    symbols: [],
    segments: [{
      index: 0,
      type: 1,
      vaddr: 0,
      paddr: 0,
      filesz: data.length,
      memsz: data.length,
      flags: 5,
      offset: 0,
      data,
    }],
    symbol: () => undefined,
    section: () => undefined,
  };
}

/** Halfwords that reach much: requests, devices, protection, privileges, loads, stores, branches. */
const LIKELY = [
  0xbeab,
  0x4801,
  0x6001,
  0x6802,
  0x2005,
  0x2118,
  0xdf00,
  0xb500,
  0xbd00,
  0xe7f0,
  0x4700,
];

Deno.test("Random firmware ends at a limit, a fault or its exit, in both engines alike", async () => {
  const board = await loadBoard("mps2-an386");
  const half = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...LIKELY) },
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  );
  const address = fc.constantFrom(
    0x4000_4000,
    0xe000_ed94,
    0xe000_ed9c,
    0x2000_0000,
    0x2200_0000,
    0x40,
  );
  fc.assert(
    fc.property(
      fc.array(half, { minLength: 20, maxLength: 120 }),
      fc.array(address, { minLength: 4, maxLength: 12 }),
      fc.constantFrom<"auto" | "vector">("auto", "vector"),
      (code, literals, faults) => {
        const data = new Uint8Array(1024);
        const view = new DataView(data.buffer);
        view.setUint32(0, 0x2000_1000, true);
        for (let vector = 1; vector < 48; vector++) view.setUint32(4 * vector, 0x201, true);
        code.forEach((value, index) => view.setUint16(0x200 + 2 * index, value, true));
        literals.forEach((value, index) => view.setUint32(0x300 + 4 * index, value, true));
        const results = (["interpreter", "translator"] as const).map((engine) => {
          const asked: string[] = [];
          const machine = createMachine(board, imageOf(data), {
            engine,
            faults,
            files: memoryFiles(asked),
            uarts: { uart0: Uint8Array.of(65, 66) },
          });
          const stop = machine.run({ maxInstructions: 5000 });
          return {
            stop: { ...stop, kind: stop.kind },
            asked,
            registers: [...machine.engine.registers],
            counts: machine.counts(),
            console: machine.console(),
          };
        });
        assertEquals(results[1], results[0]);
      },
    ),
    { numRuns: Math.ceil(CASES / 6) },
  );
});
