/**
 * Hand-assembled programs for the toolkit's tests, and the engines that run them. The loops are long enough
 * for the translator to translate them.
 *
 * @module
 */
import {
  codeImage,
  createMachine,
  defineBoard,
  type Device,
  type EngineFactory,
  type EngineName,
  loadUnicorn,
  type Machine,
} from "../../../sim/mod.ts";
import { findTool, need } from "../../support/need.ts";

/** A board with two memories that cost differently. */
export const BOARD = defineBoard({
  core: "cortex-m4",
  regions: [
    {
      name: "flash",
      kind: "nvm",
      origin: 0x0800_0000,
      length: 0x1_0000,
      waitStates: { fetch: 2, read: 2 },
    },
    { name: "sram", origin: 0x2000_0000, length: 0x1_0000, waitStates: { read: 1, write: 1 } },
    { name: "extra", origin: 0x6000_0000, length: 0x1000 },
  ],
});

/**
 * 200 calls of `work`, which calls `add`:
 * ```
 * main: mov.w r4, #0x20000000; movs r5, #0; str r5, [r4]
 * loop: mov r0, r5; bl work; adds r5, #1; cmp r5, #200; bne loop
 *       mov.w r0, #24; ldr r1, =0x20026; bkpt 0xab; b .
 * work: push {r4, lr}; bl add; str r0, [r4, #4]; pop {r4, pc}
 * add:  ldr r1, [r4]; adds r1, r1, r0; str r1, [r4]; mov r0, r1; bx lr
 * ```
 */
// deno-fmt-ignore
const CALLS = [
  0xf04f, 0x5400, 0x2500, 0x6025, 0x4628, 0xf000, 0xf808, 0x3501, 0x2dc8, 0xd1f9, 0xf04f, 0x0018,
  0x4906, 0xbeab, 0xe7fe, 0xb510, 0xf000, 0xf802, 0x6060, 0xbd10, 0x6821, 0x1809, 0x6021, 0x4608,
  0x4770, 0x0000, 0x0026, 0x0002,
];

/** Where things are in it. */
export const CALL_SYMBOLS = { main: 0, loop: 8, work: 0x1e, add: 0x28 };

/** Sum of 0 to 199. */
export const CALLS_SUM = 19_900;

/** A machine with the calls in it. */
export function callsMachine(engine: EngineName | EngineFactory): Machine {
  return createMachine(BOARD, codeImage(BOARD, CALLS, { symbols: CALL_SYMBOLS }), { engine });
}

/**
 * Polls a device at 0x4000_0000 (status at 0, data at 4, out at 8) until it has read a newline:
 * ```
 * main: mov.w r4, #0x40000000; mov.w r5, #0x20000000
 * next: ldr r0, [r4]; cmp r0, #0; beq next; ldr r1, [r4, #4]; strb r1, [r5]; adds r5, #1
 *       str r1, [r4, #8]; cmp r1, #10; bne next; movs r0, #24; ldr r1, =0x20026; bkpt 0xab; b .
 * ```
 */
// deno-fmt-ignore
const POLL = [
  0xf04f, 0x4480, 0xf04f, 0x5500, 0x6820, 0x2800, 0xd0fc, 0x6861, 0x7029, 0x3501, 0x60a1, 0x290a,
  0xd1f6, 0x2018, 0x4901, 0xbeab, 0xe7fe, 0x0000, 0x0026, 0x0002,
];

/** A machine that polls a device. */
export function pollMachine(engine: EngineName | EngineFactory, device: Device): Machine {
  const image = codeImage(BOARD, POLL, { symbols: { main: 0, next: 8 } });
  return createMachine(BOARD, image, { engine, peripherals: [device] });
}

/**
 * Counts in [0x2000_0000] while interrupt 3 counts in [0x2000_0004] and reads 0x4000_0000:
 * ```
 * main: mov.w r4, #0x20000000; movs r0, #0; str r0, [r4]; str r0, [r4, #4]
 *       ldr r1, =0xe000e100; movs r0, #8; str r0, [r1]
 * loop: ldr r0, [r4]; adds r0, #1; str r0, [r4]; b loop
 * handler: ldr r2, =0x20000004; ldr r3, [r2]; adds r3, #1; str r3, [r2]
 *       mov.w r2, #0x40000000; ldr r3, [r2]; bx lr
 * ```
 */
// deno-fmt-ignore
const INTERRUPTED = [
  0xf04f, 0x5400, 0x2000, 0x6020, 0x6060, 0x4907, 0x2008, 0x6008, 0x6820, 0x3001, 0x6020, 0xe7fb,
  0x4a04, 0x6813, 0x3301, 0x6013, 0xf04f, 0x4280, 0x6813, 0x4770, 0xe100, 0xe000, 0x0004, 0x2000,
];

/** A machine that is interrupted; the device may lower the line again. */
export function interruptMachine(engine: EngineName | EngineFactory, device: Device): Machine {
  const image = codeImage(BOARD, INTERRUPTED, {
    symbols: { main: 0, loop: 0x10, handler: 0x18 },
    vectors: { 19: 0x18 },
  });
  return createMachine(BOARD, image, { engine, peripherals: [device] });
}

/** Registers a test for each engine; Unicorn's is skipped by name where there is no libunicorn. */
export function eachEngine(
  name: string,
  fn: (engine: EngineName | EngineFactory) => void | Promise<void>,
): void {
  for (const engine of ["interpreter", "translator"] as const) {
    Deno.test(`${name} (${engine})`, () => fn(engine));
  }
  need({ tools: ["libunicorn.so.2"] }, `${name} (unicorn)`, async () => {
    await fn(await unicorn());
  });
}

/** Unicorn from the system's library. */
export function unicorn(): Promise<EngineFactory> {
  return loadUnicorn({ source: "libunicorn", library: findTool("libunicorn.so.2") });
}
