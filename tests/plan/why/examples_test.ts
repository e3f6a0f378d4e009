import { assert, assertEquals, assertThrows } from "@std/assert";
import { InfeasibleError } from "../../../src/base/error.ts";
import { moduleBuilder } from "../../../src/ir/mod.ts";
import type { IRModule } from "../../../src/ir/types.ts";
import {
  parsePin,
  parsePoolSpec,
  plan,
  type PlanOptions,
  planProblem,
  readProblemCsv,
  readProblemJson,
} from "../../../src/plan/mod.ts";
import { withLimit } from "../../../src/plan/why/least.ts";
import { errorText } from "../../../src/report/mod.ts";
import { goldenIn } from "../../report/golden.ts";
import { board, flash, region } from "../support.ts";

const assertGolden = goldenIn(new URL("./golden/", import.meta.url));

/** A problem file that somebody could have, and what stands in its way. */
interface Example {
  readonly name: string;
  readonly code: string;
  readonly capacity?: number;
  readonly text: string;
}

const EXAMPLES: readonly Example[] = [
  {
    name: "live",
    code: "P-LIVE",
    capacity: 65536,
    text: "id,lower,upper,size\nconv1,0,2,40000\nconv2,1,3,30000\nskip,0,4,20000\nsmall,2,4,100\n",
  },
  {
    name: "size",
    code: "P-SIZE",
    capacity: 4096,
    text: "id,lower,upper,size\nframe,0,2,5000\nline,1,3,64\n",
  },
  {
    name: "packing",
    code: "P-PACKING",
    capacity: 100,
    text: "id,lower,upper,size,gaps\nrx,0,3,40,1-2\nwork,0,2,40,\ntx,1,3,40,\n",
  },
  {
    name: "align",
    code: "P-ALIGN",
    capacity: 176,
    text: "id,lower,upper,size,alignment\nheader,0,3,4,1\nrx,0,3,80,64\ntx,0,3,80,64\n",
  },
  {
    name: "planner",
    code: "P-PLANNER",
    capacity: 190,
    text: "id,lower,upper,size\nc,0,1,100\na,0,2,90\nx,1,3,70\nb,2,3,80\n",
  },
  {
    name: "candidates",
    code: "P-LIVE",
    text: problem({ dtcm: 65536, sram: 32768 }, [
      { name: "image", size: 49152, candidates: ["dtcm"], intervals: [[0, 3]] },
      { name: "edges", size: 24576, candidates: ["dtcm"], intervals: [[1, 6]] },
      { name: "hist", size: 1024, intervals: [[2, 6]] },
    ]),
  },
  {
    name: "division",
    code: "P-PACKING",
    text: problem({ ccm: 64, sram: 64 }, [
      { name: "a", size: 40, intervals: [[0, 4]] },
      { name: "b", size: 40, intervals: [[0, 4]] },
      { name: "c", size: 40, intervals: [[1, 3]] },
      { name: "d", size: 8, intervals: [[1, 3]] },
    ]),
  },
  {
    name: "fixed",
    code: "P-FIXED",
    text: problem({ sram: 100 }, [
      { name: "dma", size: 40, offset: 30, intervals: [[0, 4]] },
      { name: "frame", size: 60, intervals: [[1, 3]] },
    ]),
  },
  {
    name: "overlap",
    code: "P-FIXED",
    text: problem({ sram: 100 }, [
      { name: "dma", size: 40, offset: 30, intervals: [[0, 4]] },
      { name: "ring", size: 20, offset: 60, intervals: [[1, 3]] },
    ]),
  },
  {
    name: "apart",
    code: "P-WISH",
    text: problem({ sram: 100 }, [
      { name: "secret", size: 60, keep_apart: ["log"], intervals: [[0, 2]] },
      { name: "log", size: 60, intervals: [[2, 4]] },
    ]),
  },
  {
    name: "pool_alignment",
    code: "P-ALIGN",
    text: JSON.stringify({
      schema: "pinmap/problem-1",
      pools: [{ name: "sram", limit_bytes: 4096, alignment: 32 }],
      buffers: [{ name: "dma", size: 40, alignment: 64, intervals: [[0, 4]] }],
    }),
  },
];

function problem(pools: Record<string, number>, buffers: readonly unknown[]): string {
  const list = Object.entries(pools).map(([name, limit_bytes]) => ({ name, limit_bytes }));
  return JSON.stringify({ schema: "pinmap/problem-1", pools: list, buffers });
}

for (const { name, code, capacity, text } of EXAMPLES) {
  Deno.test(`why it does not fit: ${name}`, () => {
    const read = capacity === undefined
      ? readProblemJson(text, `${name}.json`)
      : readProblemCsv(text, `${name}.csv`, capacity);
    const growFlag = (_: string, bytes: number) =>
      capacity === undefined ? [] : [`--capacity ${bytes}`];
    const error = assertThrows(
      () => planProblem(read, "greedy_by_size", {}, { growFlag }),
      InfeasibleError,
    );
    const [finding, ...others] = error.findings;
    assertEquals([finding?.code, others.length], [code, 0]);
    assert((finding?.changes.length ?? 0) > 0);
    for (const { kind, flags, bytes = 0, least } of finding?.changes ?? []) {
      if (kind !== "grow") continue;
      const [pool] = finding?.pools.length === 1
        ? finding.pools
        : (finding?.pools ?? []).filter(({ limit_bytes, needed_bytes }) =>
          needed_bytes === limit_bytes + bytes
        );
      const algorithm = flags.includes("--algorithm exact") ? "exact" : "greedy_by_size";
      const grown = (pool?.limit_bytes ?? 0) + bytes;
      planProblem(withLimit(read, pool?.name ?? "", grown), algorithm);
      if (least !== true) continue;
      const tight = withLimit(read, pool?.name ?? "", grown - 1);
      assertThrows(() => planProblem(tight, "exact"), InfeasibleError);
    }
    assertGolden(name, errorText(error));
  });
}

const BOARD = board(
  region("dtcm", 64 * 1024),
  region("sram1", 240 * 1024, { origin: 0x2001_0000, initiators: ["c", "npu"] }),
  flash(1024 * 1024),
);

function explained(module: IRModule, options: PlanOptions): InfeasibleError {
  const error = assertThrows(() => plan(module, BOARD, options), InfeasibleError);
  assertEquals(error.findings.length, 1);
  return error;
}

Deno.test("why it does not fit: a network with a shortcut, in a pool that is too small", () => {
  const net = moduleBuilder();
  const sizes = { image: 3072, block1: 16384, block2: 16384, shortcut: 16384, sum: 16384 };
  const main = net.main();
  for (const [name, size] of Object.entries(sizes)) main.allocate(name, "int8", [size]);
  main.call("conv", ["image", "shortcut"]).call("conv", ["shortcut", "block1"])
    .call("conv", ["block1", "block2"]).call("add", ["shortcut", "block2", "sum"]);
  const options = { workspaceBuffers: [parsePoolSpec("name=dtcm;size=40K", "workspace")] };
  const error = explained(net.build(), options);
  assertEquals(error.findings[0]?.code, "P-LIVE");
  assertEquals(error.findings[0]?.changes.map(({ kind }) => kind), ["grow", "add", "shorten"]);
  assertGolden("network", errorText(error));
});

Deno.test("why it does not fit: buffers that an accelerator has to reach", () => {
  const net = moduleBuilder();
  net.func("npu_conv", { params: ["input", "output"], target: "npu" })
    .call("kernel", ["input", "output"]);
  const main = net.main();
  main.allocate("input", "int8", [1024], { candidates: ["dtcm"] });
  main.allocate("features", "int8", [2048], { candidates: ["dtcm"] });
  main.call("npu_conv", ["input", "features"]);
  const module = net.build();
  const error = explained(module, {});
  assertEquals(error.code, "E-PLAN-REACH");
  assertGolden("reach", errorText(error));
  plan(module, BOARD, { pins: [parsePin("input=sram1"), parsePin("features=sram1")] });
  // No pool that the accelerator reaches: one is added.
  const options = { workspaceBuffers: [parsePoolSpec("name=dtcm", "workspace")] };
  const none = moduleBuilder();
  none.func("npu_fill", { params: ["output"], target: "npu" }).call("kernel", ["output"]);
  const filled = none.main();
  filled.allocate("input", "int8", [1024]);
  filled.call("npu_fill", ["input"]);
  const added = explained(none.build(), options);
  assertEquals(added.findings[0]?.changes.map(({ flags }) => flags), [
    ['--with-workspace-buffer "name=sram1"', '--pin "input=sram1"'],
  ]);
});

Deno.test("why it does not fit: parameters have no moment and no lifetime", () => {
  const net = moduleBuilder();
  const main = net.main();
  for (const name of ["w0", "w1", "w2"]) {
    main.allocateConst(name, "int8", [3000], new Uint8Array(3000));
  }
  main.call("kernel", ["w0", "w1", "w2"]);
  const options = { parameterBuffers: [parsePoolSpec("name=dtcm;size=7K", "constant")] };
  const error = explained(net.build(), options);
  const [finding] = error.findings;
  assertEquals([finding?.code, finding?.moment], ["P-LIVE", null]);
  assertEquals(finding?.buffers.map(({ intervals }) => intervals), [[], [], []]);
  assertGolden("parameters", errorText(error));
});
