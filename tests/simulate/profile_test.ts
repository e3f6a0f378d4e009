/** Accesses as the emulator counts them: those of the estimate, and back into a plan. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  analyseLiveness,
  type Board,
  type IRModule,
  loadBoard,
  moduleBuilder,
  parsePoolSpec,
  plan,
  type PlanOptions,
  type ProfileDocument,
  simulate,
} from "../../mod.ts";
import { estimateAccesses } from "../../src/plan/cycles/estimate.ts";
import { need } from "../support/need.ts";

const STACK = { name: "stack", region: "ccm", size: 4096 } as const;

/** Every kernel but those of the networks, with windows that reach into the padding and odd channels. */
function network(): IRModule {
  const net = moduleBuilder("all");
  const main = net.main();
  /** An operator as importers make it: a function that calls one kernel. */
  const operator = (kernel: string, args: readonly (string | number)[]) => {
    const name = `${kernel}_op`;
    const buffers = args.filter((arg) => typeof arg === "string");
    net.func(name, { params: buffers.map((_, i) => `p${i}`) })
      .call(kernel, args.map((arg, i) => typeof arg === "string" ? `p${i}` : arg));
    main.call(name, buffers);
  };
  main.allocate("x", "int8", [1, 9, 7, 3], { input: "x" });
  main.allocateConst("w", "int8", [6, 3, 3, 3], new Uint8Array(6 * 27).fill(1));
  main.allocateConst("dw", "int8", [3, 3, 6], new Uint8Array(54).fill(1));
  main.allocateConst("fw", "int8", [5, 12], new Uint8Array(60).fill(2));
  for (const name of ["b", "m", "s"]) {
    main.allocateConst(name, "int32", [6], new Uint8Array(24).fill(name === "m" ? 64 : 0));
  }
  main.allocate("c", "int8", [1, 5, 4, 6]);
  main.allocate("d", "int8", [1, 5, 4, 6]);
  main.allocate("sum", "int8", [1, 5, 4, 6]);
  main.allocate("a", "int8", [1, 2, 2, 6]);
  main.allocate("p", "int8", [1, 1, 2, 6]);
  main.allocate("r", "int8", [12]);
  main.allocate("f", "int8", [5]);
  main.allocate("y", "int8", [5], { output: "y" });
  // batch, in_h, in_w, in_c, out_h, out_w, out_c, k_h, k_w, strides, pads, dilations, offsets, act.
  operator("pinmap_conv_2d_s8", [
    ...["x", "w", "b", "m", "s", "c"],
    ...[1, 9, 7, 3, 5, 4, 6, 3, 3, 2, 2, 1, 1, 1, 1, 0, 0, -128, 127],
  ]);
  operator("pinmap_depthwise_conv_2d_s8", [
    ...["c", "dw", "b", "m", "s", "d"],
    ...[1, 5, 4, 6, 5, 4, 6, 1, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, -128, 127],
  ]);
  operator("pinmap_add_s8", [
    ...["c", "d", "sum"],
    ...[120, 0, 0, 0, 20, 1 << 30, 0, 1 << 30, 0, 1 << 30, -20, -128, 127],
  ]);
  operator("pinmap_average_pool_2d_s8", [
    ...["sum", "a"],
    ...[1, 5, 4, 6, 2, 2, 3, 2, 2, 2, 0, 0, -128, 127],
  ]);
  operator("pinmap_max_pool_2d_s8", [
    ...["a", "p"],
    ...[1, 2, 2, 6, 1, 2, 2, 2, 1, 1, 0, 0, -128, 127],
  ]);
  operator("pinmap_copy_s8", ["p", "r", 12]);
  operator("pinmap_fully_connected_s8", [
    ...["r", "fw", "b", "m", "s", "f"],
    ...[1, 12, 5, 1, 0, 3, 0, -128, 127],
  ]);
  operator("pinmap_softmax_s8", ["f", "y", 1, 5, 1 << 30, 20, -200]);
  return net.build();
}

/** Variables in a memory of their own, where everything waits, so that its counts are theirs. */
async function slowBoard(): Promise<Board> {
  const board = await loadBoard("stm32f407g-disco");
  const waitStates = { read: 2, write: 3, fetch: 0 };
  return {
    ...board,
    regions: board.regions.map((one) => one.name === "sram1" ? { ...one, waitStates } : one),
  };
}

const OPTIONS: PlanOptions = {
  workspaceBuffers: [parsePoolSpec("name=sram1;target=c", "workspace")],
  residents: [STACK],
  objective: "cycles",
};

function estimated(module: IRModule, core: string): ProfileDocument["buffers"] {
  const { buffers } = analyseLiveness(module);
  const { accesses } = estimateAccesses(module, buffers, core);
  return [...accesses].map(([name, { reads, readBytes, writes, writeBytes }]) => ({
    name,
    reads,
    read_bytes: readBytes,
    writes,
    write_bytes: writeBytes,
  }));
}

const byName = (a: { name: string }, b: { name: string }) => a.name < b.name ? -1 : 1;

need(
  { tools: ["arm-none-eabi-gcc"] },
  "profile: estimate, plan and emulator agree access by access and cycle by cycle",
  async () => {
    const module = network();
    const board = await slowBoard();
    const planned = plan(module, board, OPTIONS);
    const folder = await Deno.makeTempDir();
    const { profile, run, outputs } = await simulate(planned, board, { folder, profile: true });
    const plain = await simulate(planned, board, { folder });
    await Deno.remove(folder, { recursive: true });
    assert(profile !== undefined);
    assertEquals([run.cycles, outputs], [plain.run.cycles, plain.outputs], "watching is free");

    // GCC loads the multipliers of the fully connected kernel twice: 5 outputs.
    const estimate = estimated(module, "cortex-m4").map((one) =>
      one.name === "m" ? { ...one, reads: one.reads + 5, read_bytes: one.read_bytes + 20 } : one
    );
    assertEquals(profile.buffers.toSorted(byName), estimate.toSorted(byName));

    const ram = run.regions.find(({ name }) => name === "sram1");
    const variables = planned.allocations.filter(({ buffer }) => buffer.kind === "workspace");
    const costs = variables.map(({ buffer }) => planned.cycles?.buffers.get(buffer.name));
    assertEquals(
      [ram?.read.accesses, ram?.write.accesses, ram?.cycles],
      [
        costs.reduce((sum, one) => sum + (one?.accesses.reads ?? 0), 0),
        costs.reduce((sum, one) => sum + (one?.accesses.writes ?? 0), 0),
        costs.reduce((sum, one) => sum + (one?.cycles ?? 0), 0),
      ],
    );

    const again = plan(module, board, { ...OPTIONS, profile });
    assertEquals(again.cycles?.source, "profile");
    assertEquals(again.cycles?.buffers.get("m")?.accesses.reads, 250);
    const renamed = { ...profile, buffers: profile.buffers.map((one) => ({ ...one, name: "z" })) };
    const error = assertThrows(() => plan(module, board, { ...OPTIONS, profile: renamed }));
    assertStringIncludes(String(error), 'it has "z", which module "all" has not');
    const short = { ...profile, buffers: profile.buffers.slice(2) };
    const other = assertThrows(() => plan(module, board, { ...OPTIONS, profile: short }));
    assertStringIncludes(String(other), 'it has no "x" and 1 more');
  },
);
