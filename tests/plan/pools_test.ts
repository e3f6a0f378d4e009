import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InfeasibleError, InputError } from "../../src/base/error.ts";
import { makePools, parsePoolSpec, type PoolRequest } from "../../src/plan/mod.ts";
import { constantPoolsAfter } from "../../src/plan/pools.ts";
import { board, flash, region } from "./support.ts";

const BOARD = board(
  region("dtcm", 0x1_0000),
  region("sram", 0x4_0000, { origin: 0x2001_0000, initiators: ["c", "accel"] }),
  region("itcm", 0x4000, { origin: 0, access: { read: true, write: true, execute: true } }),
  flash(0x10_0000),
  region("bootrom", 0x1000, { kind: "rom", origin: 0x1fff_0000 }),
);

function limits(request: Partial<PoolRequest>): Record<string, number> {
  const { pools } = makePools(BOARD, { alignment: 16, ...request });
  return Object.fromEntries(pools.map((pool) => [`${pool.kind} ${pool.name}`, pool.limitBytes]));
}

const workspace = (...texts: string[]) => texts.map((text) => parsePoolSpec(text, "workspace"));
const constant = (...texts: string[]) => texts.map((text) => parsePoolSpec(text, "constant"));

Deno.test("makePools() by default has all RAM for workspace and all non-volatile memory for constants", () => {
  assertEquals(limits({}), {
    "workspace dtcm": 0x1_0000,
    "workspace sram": 0x4_0000,
    "workspace itcm": 0x4000,
    "constant flash": 0x10_0000,
  });
});

Deno.test("makePools() takes flags of a kind instead of its defaults", () => {
  assertEquals(limits({ workspaceBuffers: workspace("name=fast;region=dtcm;size=48K") }), {
    "workspace fast": 0xc000,
    "constant flash": 0x10_0000,
  });
});

Deno.test("makePools() keeps default pools out of a region that a flag takes whole", () => {
  assertEquals(limits({ parameterBuffers: constant("name=itcm", "name=flash") }), {
    "workspace dtcm": 0x1_0000,
    "workspace sram": 0x4_0000,
    "constant itcm": 0x4000,
    "constant flash": 0x10_0000,
  });
});

Deno.test("makePools() sets sizes aside and leaves the rest to the pool without a size", () => {
  assertEquals(limits({ parameterBuffers: constant("name=itcm;size=5000", "name=flash") }), {
    "workspace dtcm": 0x1_0000,
    "workspace sram": 0x4_0000,
    "workspace itcm_workspace": 0x4000 - 5008,
    "constant itcm": 5000,
    "constant flash": 0x10_0000,
  });
});

Deno.test("makePools() never lets the limits of sized pools sum to more than the region", () => {
  assertEquals(
    limits({
      workspaceBuffers: workspace("name=a;region=dtcm;size=40K", "name=b;region=dtcm;size=40K"),
    })["workspace b"],
    24 * 1024,
  );
});

Deno.test("makePools() subtracts stack, heap and reserved ranges", () => {
  const small = board(region("ram", 0x1000, {
    reserved: [{ origin: 0x2000_0000, length: 0x100, purpose: "boot" }],
  }));
  const residents = [{ name: "stack", region: "ram", size: 0x400 }] as const;
  const { pools } = makePools(small, { residents, alignment: 16 });
  assertEquals(pools.map((pool) => pool.limitBytes), [0x1000 - 0x100 - 0x400]);
});

Deno.test("makePools() counts only the longest range between reserved ones", () => {
  const small = board(region("ram", 0x1000, {
    reserved: [{ origin: 0x2000_0300, length: 0x100, purpose: "mailbox" }],
  }));
  assertEquals(makePools(small, { alignment: 16 }).pools[0]?.limitBytes, 0xc00);
  // The image has to be where the core looks for its vectors, even if that range is the shorter one.
  const booting = { ...small, vectorTable: 0x2000_0000 };
  assertEquals(makePools(booting, { alignment: 16 }).pools[0]?.limitBytes, 0x300);
});

Deno.test("makePools() loses bytes to an alignment that the region's start does not have", () => {
  const small = board(region("ram", 0x1000, { origin: 0x2000_0010 }));
  assertEquals(makePools(small, { alignment: 64 }).pools[0]?.limitBytes, 0x1000 - 0x30);
});

Deno.test("constantPoolsAfter() gives a constant pool what workspace left of a shared region", () => {
  const set = makePools(BOARD, {
    workspaceBuffers: workspace("name=dtcm"),
    parameterBuffers: constant("name=w;region=dtcm", "name=flash"),
    alignment: 16,
  });
  assertEquals([...set.leftovers], [["w", "dtcm"]]);
  const after = constantPoolsAfter(set, new Map([["dtcm", 1000]]));
  assertEquals(after.map((pool) => pool.limitBytes), [0x1_0000 - 1008, 0x10_0000]);
});

Deno.test("makePools() explains what is wrong with a flag", () => {
  const cases: readonly (readonly [Partial<PoolRequest>, string, string])[] = [
    [{ workspaceBuffers: workspace("name=dtmc") }, "E-PLAN-REGION", 'has no region "dtmc"'],
    [{ workspaceBuffers: workspace("name=flash") }, "E-PLAN-POOL-KIND", "needs writable ram"],
    [{ parameterBuffers: constant("name=bootrom") }, "E-PLAN-POOL-KIND", "is rom"],
    [
      { workspaceBuffers: workspace("name=dtcm;target=accel") },
      "E-PLAN-REACH",
      'Cannot make pool "dtcm" for target "accel": region "dtcm" is reached by c, not by "accel"',
    ],
    [
      { workspaceBuffers: workspace("name=a;region=dtcm", "name=b;region=dtcm") },
      "E-PLAN-POOL",
      'Cannot share region "dtcm" between the workspace pools "a" and "b"',
    ],
    [
      { workspaceBuffers: workspace("name=dtcm"), parameterBuffers: constant("name=dtcm") },
      "E-PLAN-POOL",
      'Cannot make two pools "dtcm"',
    ],
    [
      { workspaceBuffers: workspace("name=a-b;region=dtcm", "name=a_b;region=sram") },
      "E-PLAN-POOL",
      'both are "a_b" in C',
    ],
    [
      {
        workspaceBuffers: workspace("name=itcm"),
        residents: [{ name: "stack", region: "itcm", size: 0x4000 }],
      },
      "E-PLAN-POOL",
      'nothing is left of region "itcm"',
    ],
    [
      { residents: [{ name: "heap", region: "sarm", size: 1 }] },
      "E-PLAN-REGION",
      "Cannot place the heap",
    ],
    [
      { residents: [{ name: "heap", region: "sram", size: -1 }] },
      "E-PLAN-RESIDENTS",
      "its size is -1 B",
    ],
    [
      { residents: [{ name: "stack", region: "flash", size: 1 }] },
      "E-PLAN-RESIDENTS",
      "cannot be written",
    ],
  ];
  for (const [request, code, message] of cases) {
    const error = assertThrows(() => limits(request), InputError, message);
    assertEquals(error.code, code);
  }
});

Deno.test("makePools() finds a plan impossible if the stack alone is too large", () => {
  const residents = [
    { name: "stack", region: "itcm", size: 0x3000 },
    { name: "heap", region: "itcm", size: 0x2000 },
  ] as const;
  const error = assertThrows(() => limits({ residents }), InfeasibleError);
  assertEquals(error.code, "E-PLAN-RESIDENTS");
  assertStringIncludes(
    error.message,
    "they need 20480 B (20 KiB), the region has 16384 B (16 KiB)",
  );
});

Deno.test("makePools() merges the board's pool properties with the flag's", () => {
  const fast = board(region("dtcm", 64, { pool: { readLatencyCycles: 0, clockFrequencyHz: 10 } }));
  const workspaceBuffers = workspace("name=dtcm;read_latency_cycles=3");
  const { pools } = makePools(fast, { workspaceBuffers, alignment: 16 });
  assertEquals(pools[0]?.properties, { readLatencyCycles: 3, clockFrequencyHz: 10 });
});
