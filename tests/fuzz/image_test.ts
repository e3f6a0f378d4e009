/**
 * Arbitrary bytes as an image: whatever they are, reading, loading and running them ends with a reason or
 * with an {@linkcode InputError}, on both engines alike, within the limits that were asked for.
 * `PINMAP_FUZZ` says how many images of each kind.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import { createMachine, type EngineName, parseElf, runDocument } from "../../sim/mod.ts";
import { createRandom } from "../sim/cpu/testbench.ts";
import { testBoard } from "../sim/boards.ts";
import type { Board } from "../../src/board/types.ts";
import { writeElf } from "./elf_writer.ts";

const COUNT = Number(Deno.env.get("PINMAP_FUZZ") ?? 120);
const FLASH = 0x0800_0000;
const RAM = 0x2001_0000;
const LIMITS = { maxInstructions: 3000, maxCycles: 200_000 };

const BOARDS: readonly Board[] = ([
  ["cortex-m7", "fpv5-d16"],
  ["cortex-m4", "fpv4-sp-d16"],
  ["cortex-m33", "fpv5-sp-d16"],
  ["cortex-m0plus", "none"],
] as const).map(([core, fpu]) => testBoard({ cpu: { core, fpu, clockHz: 16e6, source: "test" } }));

/** Everything that can be seen of a run, or the code of the error. */
function outcome(bytes: Uint8Array, board: Board, engine: EngineName): string {
  try {
    const machine = createMachine(board, parseElf(bytes, "fuzz.elf"), { engine });
    const stop = machine.run(LIMITS);
    const counts = machine.counts();
    assert(counts.instructions <= LIMITS.maxInstructions, `${counts.instructions} instructions`);
    const { engine: _, ...document } = runDocument(machine, { elfSha256: "", run: { stop } });
    return JSON.stringify([
      stop,
      document,
      [...machine.engine.registers],
      machine.console(),
      machine.notes(),
    ]);
  } catch (error) {
    if (error instanceof InputError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** How an outcome began, for the figures. */
function kindOf(outcome: string): string {
  return /^E-[A-Z]+/.exec(outcome)?.[0] ?? /"kind":"(\w+)"/.exec(outcome)?.[1] ?? "?";
}

function compare(make: (random: () => number) => Uint8Array): Map<string, number> {
  const kinds = new Map<string, number>();
  for (let seed = 1; seed <= COUNT; seed++) {
    const random = createRandom(seed);
    const board = BOARDS[random() % BOARDS.length];
    assert(board !== undefined);
    const bytes = make(random);
    const [interpreter, translator] = (["interpreter", "translator"] as const)
      .map((engine) => outcome(bytes, board, engine));
    assertEquals(translator, interpreter, `seed ${seed} on ${board.cpu.core}`);
    const kind = kindOf(interpreter ?? "");
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return kinds;
}

function bytesOf(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random());
}

/** Handlers that come back, so that a program goes on behind its faults. */
const RETURN = [0x47, 0x70];

/** A vector table, handlers, and code of whatever bytes; sometimes with more 16-bit instructions. */
function randomImage(random: () => number): Uint8Array {
  const code = bytesOf(random, 1024);
  const view = new DataView(code.buffer);
  for (let at = 0x100; at < code.length; at += 2) {
    const choice = random() % 8;
    if (choice < 4) view.setUint16(at, random() % 0xe800, true);
    else if (choice === 4 && random() % 4 === 0) view.setUint16(at, 0xbeab, true);
  }
  code.set(RETURN.toReversed(), 0x80);
  const vectors = Uint32Array.from({ length: 16 }, () => (FLASH + 0x80) | 1);
  vectors[0] = RAM + 0x1000;
  vectors[1] = (FLASH + 0x100) | 1;
  if (random() % 8 === 0) vectors[random() % 16] = random();
  code.set(new Uint8Array(vectors.buffer));
  const loop = random() % 2 === 0;
  // B back to the start: hot code, which is translated.
  if (loop) view.setUint16(0x100 + 2 * (8 + random() % 32), 0xe000 | (random() & 0x7ff), true);
  return writeElf([
    { address: FLASH, data: code },
    { address: RAM, data: bytesOf(random, 256) },
  ], (FLASH + 0x100) | 1);
}

Deno.test("random code runs to a reason to stop, on both engines to the same", () => {
  const kinds = compare(randomImage);
  assert((kinds.get("fault") ?? 0) > COUNT / 4, JSON.stringify([...kinds]));
});

/** Semihosting requests of all numbers, with arguments that are pointers, lengths and noise. */
function requests(random: () => number): Uint8Array {
  const words = Uint32Array.from({ length: 512 }, () => {
    const choice = random() % 6;
    if (choice < 2) return RAM + random() % 0x900;
    if (choice === 2) return random() % 64;
    return choice === 3 ? [0x0074_743a, 0x7063_2f65, 0xffff_ffff][random() % 3] ?? 0 : random();
  });
  const code = [0x466d];
  for (let count = 0; count < 60; count++) {
    // MOVS r0, #operation; MOV r1, sp; ADDS r1, #offset; BKPT 0xAB
    const offset = (random() % 64) * 4;
    code.push(0x2000 | random() % 0x34, 0x4669, 0x3100 | offset, 0xbeab);
  }
  code.push(0xe7fe);
  const flash = new Uint8Array(1024);
  flash.set(new Uint8Array(Uint32Array.of(RAM + 0x100, (FLASH + 0x100) | 1).buffer));
  flash.set(new Uint8Array(Uint16Array.from(code).buffer), 0x100);
  return writeElf([
    { address: FLASH, data: flash },
    { address: RAM, data: new Uint8Array(words.buffer) },
  ], (FLASH + 0x100) | 1);
}

Deno.test("semihosting requests of any kind are served or refused, on both engines alike", () => {
  const kinds = compare(requests);
  assert(
    (kinds.get("limit") ?? 0) + (kinds.get("exit") ?? 0) > COUNT / 2,
    JSON.stringify([...kinds]),
  );
});

Deno.test("mutated ELF files are refused or run, on both engines alike", () => {
  const kinds = compare((random) => {
    const bytes = randomImage(random);
    const header = random() % 4 !== 0;
    for (let changes = 1 + random() % 6; changes > 0; changes--) {
      const at = random() % (header ? 120 : bytes.length);
      bytes[at] = random() % 3 === 0 ? [0, 0xff, 0x7f, 0x80][random() % 4] ?? 0 : random();
    }
    return random() % 6 === 0 ? bytes.subarray(0, random() % bytes.length) : bytes;
  });
  assert([...kinds.keys()].some((kind) => kind.startsWith("E-")), JSON.stringify([...kinds]));
});

Deno.test("random bytes are refused as an ELF file", () => {
  const kinds = compare((random) => {
    const bytes = bytesOf(random, random() % 400);
    if (random() % 2 === 0) bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1].slice(0, bytes.length));
    return bytes;
  });
  assertEquals([...kinds.keys()].filter((kind) => !kind.startsWith("E-")), []);
});
