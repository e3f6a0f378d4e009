/**
 * What Armv8-M adds: Baseline's part of Armv7-M, load-acquire and store-release, TT, stack limits; and how the
 * cores say no to what they have not.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { EngineParts } from "../../../sim/types.ts";
import { assemble, type Bench, createBench, DATA, SIZE } from "./testbench.ts";

type Parts = Partial<EngineParts>;

const M23: Parts = { core: "cortex-m23", fpu: "none" };
const M33: Parts = { core: "cortex-m33", fpu: "fpv5-sp-d16" };
const M33_SMALL: Parts = { core: "cortex-m33", fpu: "none", dsp: false };
const M0: Parts = { core: "cortex-m0", fpu: "none" };
const M4: Parts = { core: "cortex-m4", fpu: "fpv4-sp-d16" };

/** Runs as many instructions as there are words; what stopped it, and the machine. */
function run(
  parts: Parts,
  words: readonly number[],
  prepare: (bench: Bench) => void = () => {},
): { readonly bench: Bench; readonly cause: string } {
  const bench = createBench(parts);
  bench.load(assemble(...words));
  prepare(bench);
  const stop = bench.engine.run({ maxInstructions: words.length });
  return { bench, cause: stop.kind === "fault" ? stop.fault.cause : stop.kind };
}

const cause = (parts: Parts, word: number): string => run(parts, [word]).cause;

Deno.test("Armv8-M Baseline has MOVW, CBZ, B.W, SDIV and exclusives, and lacks the rest of Armv7-M", () => {
  const has = [0xf241_2034, 0xb108, 0xf000_b800, 0xfb91_f0f2, 0xe850_1f00, 0xf3bf_8f2f];
  // IT, MOV.W, UBFX, LDR.W, TBB, CPSIE f, MRS BASEPRI.
  const lacks = [0xbf08, 0xf04f_0001, 0xf3c1_0007, 0xf8d0_1004, 0xe8d0_f001, 0xb661, 0xf3ef_8011];
  const setBase = ({ engine }: Bench): void => {
    engine.registers[0] = DATA;
  };
  for (const word of has) {
    assertEquals(run(M23, [word], setBase).cause, "limit", word.toString(16));
    assertEquals(run(M0, [word], setBase).cause, "undefined-instruction", word.toString(16));
  }
  for (const word of lacks) {
    assertEquals(cause(M23, word), "undefined-instruction", word.toString(16));
  }
});

Deno.test("load-acquire and store-release move what LDR and STR move", () => {
  const { bench, cause } = run(
    M33,
    // lda r1; ldah r2; ldab r3; stl r1, [r4]; stlh r1, [r5]; stlb r1, [r6]
    [0xe8d0_1faf, 0xe8d0_2f9f, 0xe8d0_3f8f, 0xe8c4_1faf, 0xe8c5_1f9f, 0xe8c6_1f8f],
    ({ engine, bus }) => {
      new DataView(bus.data.buffer).setUint32(0, 0x8765_4321, true);
      engine.registers.set([DATA, 0, 0, 0, DATA + 4, DATA + 8, DATA + 12]);
    },
  );
  assertEquals(cause, "limit");
  assertEquals([...bench.engine.registers.subarray(1, 4)], [0x8765_4321 | 0, 0x4321, 0x21]);
  const view = new DataView(bench.bus.data.buffer);
  assertEquals([view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)], [
    0x8765_4321,
    0x4321,
    0x21,
  ]);
});

Deno.test("load-acquire and store-release must be aligned, and Armv7-M lacks them", () => {
  const odd = ({ engine }: Bench): void => {
    engine.registers[0] = DATA + 2;
  };
  const odder = ({ engine }: Bench): void => {
    engine.registers[0] = DATA + 1;
  };
  for (const word of [0xe8d0_1faf, 0xe8c0_1faf, 0xe8d0_2fef]) {
    assertEquals(run(M33, [word], odd).cause, "unaligned", word.toString(16));
    assertEquals(cause(M4, word), "undefined-instruction", word.toString(16));
  }
  for (const word of [0xe8d0_1f9f, 0xe8c0_1f9f, 0xe8d0_2fdf]) {
    assertEquals(run(M33, [word], odder).cause, "unaligned", word.toString(16));
  }
});

Deno.test("STLEX stores after LDAEX, and only once", () => {
  const pairs = [[0xe8d0_2fef, 0xe8c0_1fe3], [0xe8d0_2fdf, 0xe8c0_1fd3], [
    0xe8d0_2fcf,
    0xe8c0_1fc3,
  ]];
  for (const [load = 0, store = 0] of pairs) {
    const { bench } = run(M23, [load, store], ({ engine }) => {
      engine.registers.set([DATA, 0x55, 0, 9]);
    });
    assertEquals(bench.engine.registers[3], 0);
    assertEquals(bench.bus.data[0], 0x55);
    const again = run(M23, [store], ({ engine }) => engine.registers.set([DATA, 0x55, 0, 9]));
    assertEquals(again.bench.engine.registers[3], 1);
    assertEquals(again.bench.bus.data[0], 0);
  }
});

Deno.test("without the Security Extension SG does nothing and its instructions are undefined", () => {
  assertEquals(cause(M33, 0xe97f_e97f), "limit");
  // TTA, TTAT, BXNS, BLXNS
  for (const word of [0xe840_f180, 0xe840_f1c0, 0x4704, 0x4784]) {
    assertEquals(cause(M33, word), "undefined-instruction", word.toString(16));
    assertEquals(cause(M23, word), "undefined-instruction", word.toString(16));
  }
  for (const word of [0xec30_0a00, 0xec20_0a00]) {
    assertEquals(cause(M33, word), "undefined-instruction", word.toString(16));
    assertEquals(cause(M23, word), "undefined-instruction", word.toString(16));
  }
});

Deno.test("TT without an MPU: no region, readable and writable", () => {
  const { bench } = run(M23, [0xe840_f100, 0xe840_f240], ({ engine }) => {
    engine.registers[0] = DATA;
  });
  assertEquals([...bench.engine.registers.subarray(1, 3)], [0xc_0000, 0xc_0000]);
});

Deno.test("a coprocessor is missing on Mainline, its instructions on Baseline", () => {
  // MRC, MCR, CDP, LDC, STC, MCRR and a second form.
  const words = [0xee10_0010, 0xee00_0010, 0xee00_0000, 0xed90_0000, 0xed80_0000, 0xec41_0000];
  for (const word of [...words, 0xfe10_0010]) {
    for (const parts of [M33, M4]) assertEquals(cause(parts, word), "no-coprocessor");
    for (const parts of [M23, M0]) assertEquals(cause(parts, word), "undefined-instruction");
  }
});

Deno.test("a Cortex-M33 may be built without the DSP extension", () => {
  assertEquals(cause(M33, 0xfa80_f080), "limit");
  assertEquals(cause(M33_SMALL, 0xfa80_f080), "undefined-instruction");
  assertEquals(cause(M33_SMALL, 0xfb91_f0f2), "limit");
});

/** Sets MSPLIM to some bytes below the end of the stack. */
function limited(below: number) {
  return ({ engine }: Bench): void => {
    engine.registers.set([DATA + SIZE - below, 7, DATA + SIZE - 64, 3, 4]);
    engine.state.fpWords.fill(5);
  };
}

const SET_LIMIT = 0xf380_880a;

Deno.test("MSPLIM and PSPLIM can be written and read, but for Baseline", () => {
  // msr msplim, r0; mrs r1, msplim; msr psplim, r0; mrs r2, psplim
  const words = [SET_LIMIT, 0xf3ef_810a, 0xf380_880b, 0xf3ef_820b];
  const set = ({ engine }: Bench): void => {
    engine.registers[0] = DATA + 15;
  };
  const seen = (parts: Parts): number[] => [
    ...run(parts, words, set).bench.engine.registers.subarray(1, 3),
  ];
  assertEquals(seen(M33), [DATA + 8, DATA + 8]);
  assertEquals(seen(M23), [0, 0]);
  assertEquals(cause(M4, SET_LIMIT), "undefined-instruction");
});

Deno.test("an instruction that would move SP below its limit is a UsageFault before it stores", () => {
  const top = DATA + SIZE;
  const cases: readonly [string, number][] = [
    ["push {r0, r1}", 0xb403],
    ["stmdb sp!, {r0, r4}", 0xe92d_0011],
    ["sub sp, #16", 0xb084],
    ["sub.w sp, sp, #16", 0xf1ad_0d10],
    ["mov sp, r2", 0x4695],
    ["str.w r0, [sp, #-8]!", 0xf84d_0d08],
    ["strd r0, r1, [sp, #-8]!", 0xe96d_0102],
    ["vpush {s0-s3}", 0xed2d_0a04],
  ];
  for (const [text, word] of cases) {
    const refused = run(M33, [SET_LIMIT, word], limited(0));
    assertEquals(refused.cause, "stack-limit", text);
    assertEquals(refused.bench.engine.registers[13], top, text);
    assertEquals(refused.bench.bus.writes, [], text);
    const allowed = run(M33, [SET_LIMIT, word], limited(64));
    assertEquals(allowed.cause, "limit", text);
  }
  // Upwards there is no limit, and none where it is not set.
  assertEquals(run(M33, [SET_LIMIT, 0xb004], limited(0)).cause, "limit");
  assertEquals(run(M33, [0xb403], limited(0)).cause, "limit");
});

Deno.test("a stack overflow sets STKOF and leaves the flags alone", () => {
  const { bench } = run(M33, [SET_LIMIT, 0xf1bd_0d10], limited(0));
  assertEquals(bench.engine.state.system.cfsr, 1 << 20);
  assertEquals(bench.engine.xpsr >>> 28, 0);
});

Deno.test("a program that sets a limit late is checked from then on", () => {
  // push {r0, r1}; pop {r0, r1}; msr msplim, r2; b back to the push
  const { bench, cause } = run(
    M33,
    [0xb403, 0xbc03, 0xf382_880a, 0xe7fa, 0xb403],
    ({ engine }) => {
      engine.registers[2] = DATA + SIZE;
    },
  );
  assertEquals(cause, "stack-limit");
  assertEquals(bench.bus.writes.length, 2);
});
