/** A module with an accelerator, from text to executed firmware; and what happens if it cannot reach a buffer. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InfeasibleError, InputError } from "../../src/base/error.ts";
import { loadBoard, parseInitiator, withInitiators } from "../../src/board/mod.ts";
import type { Board } from "../../src/board/types.ts";
import { evaluateModule, parseModule } from "../../src/ir/mod.ts";
import { parsePin, parsePoolSpec, plan, type PlanOptions } from "../../src/plan/mod.ts";
import { checkElf, compileFirmware, runElf, simulate } from "../../src/simulate/mod.ts";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";

const FILE = `${ROOT}/examples/tvmscript/accelerator.py`;
const MODULE = parseModule(await Deno.readTextFile(FILE), "accelerator.py");
const IMAGE = Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + (i >> 3)) & 0xff);

/** A board with an accelerator that reaches some regions. */
async function boardWith(name: string, regions: string): Promise<Board> {
  return withInitiators(await loadBoard(name), [parseInitiator(`name=accel;regions=${regions}`)]);
}

function pools(sram: string): PlanOptions {
  return {
    workspaceBuffers: [
      parsePoolSpec("name=dtcm;target=c;size=1000", "workspace"),
      parsePoolSpec(`name=sram;region=${sram};target=c,accel`, "workspace"),
    ],
    parameterBuffers: [parsePoolSpec("name=flash;target=c,accel", "constant")],
    residents: [{ name: "stack", region: "dtcm", size: 2048 }],
  };
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [name, sram] of [["stm32h743", "axi_sram"], ["mimxrt1060-evk", "ocram2"]] as const) {
  need(
    { tools: ["arm-none-eabi-gcc"] },
    `pinmap run takes a module with two pools, an accelerator and constants to ${name}`,
    () =>
      inFolder(async (folder) => {
        await Deno.writeFile(`${folder}/image.bin`, IMAGE);
        const { code, stdout, stderr } = await pinmap([
          ...["run", FILE, "--board", name, "--initiator", `name=accel;regions=${sram},flash`],
          ...["--with-workspace-buffer", "name=dtcm;target=c;size=1000"],
          ...["--with-workspace-buffer", `name=sram;region=${sram};target=c,accel`],
          ...["--with-parameter-buffer", "name=flash;target=c,accel"],
          ...["--input", `${folder}/image.bin`, "--out", `${folder}/firmware`, "--format", "json"],
          ...["--toolchain", "gcc"],
        ]);
        assertEquals(code, 0, stderr);
        const run = JSON.parse(stdout);
        const expected = evaluateModule(MODULE, { inputs: new Map([["image", IMAGE]]) });
        assertEquals(
          run.inferences[0].output_base64,
          btoa(String.fromCharCode(...expected.outputs.get("scores") ?? [])),
        );
        const [accel] = run.initiators;
        assertEquals([accel.name, accel.calls], ["accel", 1]);
        const regions = new Map<string, { read: unknown; write: unknown; cycles: number }>(
          accel.regions.map((one: { name: string }) => [one.name, one]),
        );
        // For each of 196 places 4 biases of 4 bytes and 36 weights.
        const flash = run.initiators[0].regions.find((one: { name: string }) =>
          one.name === "flash"
        );
        assertEquals([flash.read.accesses, flash.read.bytes], [196 * 40, 196 * 52]);
        const none = { accesses: 0, bytes: 0, cycles: 0 };
        assertEquals(
          regions.get("dtcm"),
          { name: "dtcm", read: none, write: none, cycles: 0 } as never,
        );
        const sum = accel.regions.reduce(
          (total: number, one: { cycles: number }) => total + one.cycles,
          0,
        );
        assertEquals(accel.cycles, accel.core_cycles + sum);
        // The core reads the features that the accelerator wrote, and never runs its function.
        assert(!run.functions.some((one: { name: string }) => one.name === "conv"));
        assert(run.notes.some((note: string) => note.includes("accel is a second core")), stdout);
      }),
  );
}

need(
  { tools: ["arm-none-eabi-gcc"] },
  "both engines and the core itself compute and count what the accelerator does",
  () =>
    inFolder(async (folder) => {
      const board = await boardWith("stm32h743", "axi_sram,flash");
      const planned = plan(MODULE, board, pools("axi_sram"));
      const options = { folder, inputs: [IMAGE, IMAGE], toolchain: "gcc" };
      const fast = await simulate(planned, board, options);
      assert(fast.check.ok, JSON.stringify(fast.check.findings));
      const { elf, elfPath, manifest } = fast.firmware;
      const slow = await runElf(elf, elfPath, board, manifest, {
        ...options,
        engine: "interpreter",
      });
      assertEquals({ ...slow.run, engine: "" }, { ...fast.run, engine: "" });
      assertEquals(fast.run.initiators?.[0]?.calls, 2);
      // The same image on a board without an accelerator.
      const { initiators: _, ...alone } = manifest;
      const plain = await loadBoard("stm32h743");
      const { run, outputs } = await runElf(elf, elfPath, plain, alone, options);
      assertEquals(outputs, fast.outputs);
      assertEquals(run.initiators, undefined);
      assert(run.functions.some((one) => one.name === "conv"));
    }),
);

need(
  { tools: ["arm-none-eabi-gcc", "libunicorn.so.2"] },
  "beside Unicorn's core, whose memory is a copy, the accelerator computes and touches the same",
  () =>
    inFolder(async (folder) => {
      const board = await boardWith("stm32h743", "axi_sram,flash");
      const planned = plan(MODULE, board, pools("axi_sram"));
      const options = { folder, inputs: [IMAGE, IMAGE], toolchain: "gcc" };
      const { firmware, run, outputs } = await simulate(planned, board, options);
      const { elf, elfPath, manifest } = firmware;
      const other = await runElf(elf, elfPath, board, manifest, { ...options, engine: "unicorn" });
      assertEquals(other.outputs, outputs);
      assertEquals(other.run.initiators, run.initiators);
    }),
);

need(
  { tools: ["clang", "ld.lld"] },
  "built by clang the accelerator computes and touches the same",
  () =>
    inFolder(async (folder) => {
      const board = await boardWith("stm32h743", "axi_sram,flash");
      const planned = plan(MODULE, board, pools("axi_sram"));
      const options = { folder, inputs: [IMAGE], toolchain: "clang" };
      const { firmware, check, run, outputs } = await simulate(planned, board, options);
      assertEquals(firmware.warnings, "");
      assert(check.ok, JSON.stringify(check.findings));
      const { outputs: expected } = evaluateModule(MODULE, { inputs: new Map([["image", IMAGE]]) });
      assertEquals([...outputs[0] ?? []], [...expected.get("scores") ?? []]);
      const regions = run.initiators?.[0]?.regions ?? [];
      const touched = regions.filter(({ read, write }) => read.accesses + write.accesses > 0);
      assertEquals(touched.map(({ name }) => name), ["axi_sram", "flash"]);
    }),
);

need(
  { tools: ["arm-none-eabi-gcc"] },
  "a buffer that the accelerator cannot reach is found by the check, and faults with its name at run time",
  () =>
    inFolder(async (folder) => {
      // Planned for an accelerator that reaches DTCM; the board's does not.
      const wide = await boardWith("stm32h743", "axi_sram,flash,dtcm");
      const planned = plan(MODULE, wide, {
        ...pools("axi_sram"),
        workspaceBuffers: [
          parsePoolSpec("name=dtcm;target=c,accel", "workspace"),
          parsePoolSpec("name=sram;region=axi_sram;target=c,accel", "workspace"),
        ],
        pins: [parsePin("features=dtcm")],
      });
      const { elf, elfPath, manifest } = await compileFirmware(planned, wide, {
        folder,
        toolchain: "gcc",
      });
      const board = await boardWith("stm32h743", "axi_sram,flash");
      const check = await checkElf(elf, elfPath, board, manifest);
      assertEquals(check.findings.map(({ code, symbol }) => [code, symbol]), [
        ["C-REACH", "tvmgen_accelerator_features"],
      ]);
      assert(check.findings[0]?.message.includes("is in dtcm, which accel cannot reach"));
      const { run } = await runElf(elf, elfPath, board, manifest, { inputs: [IMAGE] });
      assertEquals([run.exit.reason, run.exit.code], ["fault", 5]);
      const message = run.exit.message ?? "";
      assert(
        /^accel cannot reach dtcm: in conv\+0x[0-9a-f]+, write of tvmgen_accelerator_features at 0x2000_[0-9a-f]{4}; dtcm is reached by c, mdma$/
          .test(message),
        message,
      );
    }),
);

Deno.test("plan() refuses a pool that the accelerator does not reach, and names buffer, pool and function", async () => {
  const board = await boardWith("stm32h743", "axi_sram,flash");
  const text = await Deno.readTextFile(FILE);
  const wrong = text.replace(
    'features = T.allocate([784], "int8", "global", annotations={"candidate_memory_pools": ["sram"]})',
    'features = T.allocate([784], "int8", "global", annotations={"candidate_memory_pools": ["dtcm"]})',
  );
  const error = assertThrows(
    () => plan(parseModule(wrong, "wrong.py"), board, pools("axi_sram")),
    InfeasibleError,
  );
  assertEquals(error.code, "E-PLAN-REACH");
  for (const part of ['"features"', '"dtcm"', '"conv"', '"accel"']) {
    assert(error.message.includes(part), error.message);
  }
  // Without the accelerator's reach there is no pool for what it touches.
  const none = assertThrows(
    () =>
      plan(MODULE, board, {
        ...pools("axi_sram"),
        workspaceBuffers: [parsePoolSpec("name=sram;region=sram1;target=accel", "workspace")],
      }),
    InputError,
  );
  assertEquals(none.code, "E-PLAN-REACH");
  assert(!(none instanceof InfeasibleError));
});

Deno.test("withInitiators() and parseInitiator() say what is wrong", async () => {
  const board = await loadBoard("stm32h743");
  const wrong: [string, string][] = [
    ["accel", "is no key with a value"],
    ["name=accel", "regions or like is needed"],
    ["name=accel;regions=dtcm;like=dma1", "not both"],
    ["regions=dtcm", "no name"],
    ["name=accel;regions=dctm", 'to region "dctm"'],
    ["name=accel;like=dma9", 'like "dma9"'],
    ["name=dma1;regions=dtcm", "it has one"],
  ];
  for (const [text, message] of wrong) {
    const error = assertThrows(() => withInitiators(board, [parseInitiator(text)]));
    assert(String(error).includes(message), `${text}: ${error}`);
  }
});
