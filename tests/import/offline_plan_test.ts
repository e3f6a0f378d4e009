import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import {
  importModel,
  readOfflinePlan,
  tensorsOfBuffers,
  withOfflinePlan,
} from "../../src/import/mod.ts";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";
import { arenaBytes, readArena } from "../support/tflm_arena.ts";
import { activation, modelFile } from "./model_file.ts";

/** Two reshapes one after the other. */
const SMALL = modelFile({
  tensors: [activation([1, 20]), activation([20]), activation([4, 5])],
  operators: [
    { code: 22, version: 1, inputs: [0], outputs: [1] },
    { code: 22, version: 1, inputs: [1], outputs: [2] },
  ],
  inputs: [0],
  outputs: [2],
});

Deno.test("withOfflinePlan() writes what TFLite Micro reads, and changes nothing else", () => {
  const planned = withOfflinePlan(SMALL, "small.tflite", new Map([[0, 0], [1, 32], [2, 0]]));
  const { words, tensors } = readArena(planned);
  assertEquals(words, [1, 0, 3, 0, 32, 0]);
  assertEquals(arenaBytes(tensors), 64);
  assertEquals(readOfflinePlan(planned, "small.tflite"), {
    version: 1,
    subgraph: 0,
    offsets: [0, 32, 0],
  });
  assertEquals(readOfflinePlan(SMALL, "small.tflite"), undefined);
  // The old file is the tail of the new one, at a multiple of 16.
  const start = Math.floor((planned.length - SMALL.length) / 16) * 16;
  assertEquals(planned.slice(start, start + SMALL.length), SMALL);
  assertEquals(importModel(planned, "small.tflite"), importModel(SMALL, "small.tflite"));
});

Deno.test("withOfflinePlan() replaces an older plan, and leaves open what it is not told", () => {
  const first = withOfflinePlan(SMALL, "small.tflite", new Map([[0, 0], [1, 32], [2, 0]]));
  const second = withOfflinePlan(first, "small.tflite", new Map([[1, 48]]));
  assertEquals(readArena(second).words, [1, 0, 3, -1, 48, -1]);
  assertEquals(importModel(second, "small.tflite"), importModel(SMALL, "small.tflite"));
});

Deno.test("withOfflinePlan() refuses offsets that break TFLite Micro's rules", () => {
  const cases: readonly (readonly [number, number, string])[] = [
    [0, 8, "a multiple of 16"],
    [0, -16, "a multiple of 16"],
    [0, 2 ** 31, "below 2^31"],
    [3, 0, "there are 3 tensors"],
    [0.5, 0, "there are 3 tensors"],
  ];
  for (const [tensor, offset, words] of cases) {
    const error = assertThrows(
      () => withOfflinePlan(SMALL, "small.tflite", new Map([[tensor, offset]])),
      InputError,
      words,
    );
    assertEquals(error.code, "E-TFLITE-OFFLINE");
  }
});

Deno.test("withOfflinePlan() and readOfflinePlan() survive damaged files", () => {
  const planned = withOfflinePlan(SMALL, "small.tflite", new Map([[0, 0]]));
  for (const whole of [SMALL, planned]) {
    for (let at = 0; at < whole.length; at += 3) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      for (const file of [damaged, whole.slice(0, at)]) {
        for (
          const act of [
            () => readOfflinePlan(file, "x.tflite"),
            () => withOfflinePlan(file, "x.tflite", new Map()),
          ]
        ) {
          try {
            act();
          } catch (error) {
            assert(error instanceof InputError, String(error));
          }
        }
      }
    }
  }
});

Deno.test("tensorsOfBuffers() names the tensor of each variable", () => {
  const tensors = tensorsOfBuffers(SMALL, "small.tflite");
  assertEquals([...tensors.values()].sort(), [0, 1, 2]);
});

Deno.test("plan --emit-tflite: TFLite Micro takes pinmap's offsets for the digits network", async () => {
  const folder = await Deno.makeTempDir();
  const digits = `${ROOT}/examples/digits/digits.tflite`;
  const flags = ["plan", digits, "--board", "stm32f746g-disco", "-w", "name=sram1"];
  const out = `${folder}/planned.tflite`;
  const { code, stderr } = await pinmap([...flags, "-a", "exact", "--emit-tflite", out]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, `Wrote ${out}: TFLite Micro puts its`);
  const json = await pinmap([...flags, "-a", "exact", "--format", "json"]);
  const pools: readonly { name: string; used_bytes: number }[] = JSON.parse(json.stdout).pools;
  const used = pools.find(({ name }) => name === "sram1")?.used_bytes ?? 0;
  const { tensors } = readArena(await Deno.readFile(out));
  assertEquals(arenaBytes(tensors), Math.ceil(used / 16) * 16);
  const refused: readonly (readonly [string[], string])[] = [
    [["-w", "name=dtcm;size=4K", "-w", "name=sram2"], "TFLite Micro has one arena"],
    [["--in-place"], "--emit-tflite and --in-place exclude each other"],
    [["--compare", "exact,portfolio"], "--compare and --emit-tflite exclude each other"],
  ];
  for (const [more, words] of refused) {
    const args = ["plan", digits, "--board", "stm32f746g-disco", ...more, "--emit-tflite", out];
    const result = await pinmap(args);
    assertEquals(result.code, 2, result.stderr);
    assertStringIncludes(result.stderr, words);
  }
  await Deno.remove(folder, { recursive: true });
});

/** Bytes of tensors in TFLite Micro's arena, with its own planner and with ours. */
const ARENAS = {
  vww_96_int8: [73728, 55296],
  kws_ref_model: [16000, 16000],
  pretrainedResnet_quant: [49152, 49152],
  ad01_int8: [768, 768],
} as const;

for (const [name, [own, ours]] of Object.entries(ARENAS)) {
  const [model, golden] = [`models/${name}.tflite`, `goldens/${name}.json`];
  need(
    { corpus: [model, golden] },
    `${name}: TFLite Micro's arena with pinmap's offsets`,
    async (_, given) => {
      const { arena } = JSON.parse(Deno.readTextFileSync(given.corpus(golden)));
      assertEquals([arena.bytes, arena.lower_bound_bytes], [own, ours]);
      const out = await Deno.makeTempFile({ suffix: ".tflite" });
      const flags = ["--board", "stm32h743", "-w", "name=axi_sram", "-a", "exact"];
      const path = given.corpus(model);
      const { code, stderr } = await pinmap(["plan", path, ...flags, "--emit-tflite", out]);
      assertEquals(code, 0, stderr);
      const planned = await Deno.readFile(out);
      const { tensors } = readArena(planned);
      assertEquals(arenaBytes(tensors), ours);
      const before = await Deno.readFile(path);
      assertEquals(importModel(planned, "m.tflite"), importModel(before, "m.tflite"));
      // The lifetimes that this test computes are those that TFLite Micro recorded.
      const lives: readonly { index: number; first_use: number; last_use: number }[] =
        arena.tensors;
      assertEquals(
        tensors.map(({ index, firstCreated, lastUsed }) => [index, firstCreated, lastUsed])
          .toSorted(),
        lives.map(({ index, first_use, last_use }) => [index, first_use, last_use]).toSorted(),
      );
      await Deno.remove(out);
    },
  );
}
