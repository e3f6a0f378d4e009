/** C of loops and stores: what the emulator computes is what the evaluator computes. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { loadBoard } from "../../src/board/mod.ts";
import {
  allocationsOf,
  decodeElements,
  type IRModule,
  parseModule,
  printModule,
} from "../../src/ir/mod.ts";
import { evaluateModule } from "../../src/ir/evaluate/mod.ts";
import { buildFirmware, findToolchain, generateFirmware } from "../../src/firmware/mod.ts";
import { plan } from "../../src/plan/mod.ts";
import { randR } from "../../src/plan/tvm/rand_r.ts";
import { simulate } from "../../src/simulate/mod.ts";
import { need } from "../support/need.ts";
import { arbitraryModule, INPUT_BYTES } from "./bodies.ts";
import { output } from "./sample.ts";

/** Modules in a run of the property test, each of 25 functions; PINMAP_BODIES says another number. */
const MODULES = Number(Deno.env.get("PINMAP_BODIES") ?? 2);
const FUNCTIONS = 25;

/** Outputs by name, as elements: NaNs are all the same. */
async function onBoard(
  module: IRModule,
  name: string,
  input: Uint8Array,
): Promise<Map<string, unknown>> {
  const board = await loadBoard(name);
  const ram = board.regions.find((one) => one.kind === "ram")?.name ?? "";
  const planned = plan(module, board, { residents: [{ name: "stack", region: ram, size: 4096 }] });
  const folder = await Deno.makeTempDir();
  try {
    const { firmware, run, check, outputs } = await simulate(planned, board, {
      folder,
      inputs: [input],
      toolchain: "gcc",
    });
    assert(check.ok, JSON.stringify(check.findings));
    assertEquals(run.exit, { reason: "exit", code: 0 });
    const [bytes = new Uint8Array()] = outputs;
    let at = 0;
    return new Map(
      firmware.manifest.outputs.map((tensor) => [
        tensor.name,
        decodeElements(tensor.dtype as "int8", bytes.slice(at, at += tensor.bytes)),
      ]),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function evaluated(module: IRModule, input: Uint8Array): Map<string, unknown> {
  const { status, outputs } = evaluateModule(module, { inputs: new Map([["data", input]]) });
  assertEquals(status, 0);
  return new Map(
    module.functions.flatMap(allocationsOf).flatMap((node) => {
      const name = node.annotations["output_tensor"];
      const bytes = typeof name === "string" ? outputs.get(name) : undefined;
      return bytes === undefined ? [] : [[String(name), decodeElements(node.dtype, bytes)]];
    }),
  );
}

for (const board of ["stm32f746g-disco", "rp2040"]) {
  need(
    { tools: ["arm-none-eabi-gcc"] },
    `generated C of arbitrary bodies on ${board} computes what the evaluator computes`,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.gen(),
          fc.uint8Array({ minLength: INPUT_BYTES, maxLength: INPUT_BYTES }),
          async (gen, input) => {
            const made = arbitraryModule((max) => gen(fc.nat, { max }), FUNCTIONS);
            const module = parseModule(printModule(made), "made.py");
            assertEquals(module, made);
            const expected = evaluated(module, input);
            assertEquals(await onBoard(module, board, input), expected);
          },
        ),
        { seed: 50, numRuns: MODULES, endOnFailure: true },
      );
    },
  );
}

need(
  { tools: ["arm-none-eabi-gcc"] },
  "names that mean something in C or in the generated file do no harm",
  async () => {
    const text = `
@T.prim_func
def double(inputs: T.Buffer((64,), "int8"), register: T.Buffer((4,), "int32"), n: T.int32):
    T.func_attr({"target": T.target("c")})
    double = T.allocate([4], "int32", "global")
    i_end: T.int32 = n * 2
    lanes: T.int32 = 7
    for i in T.serial(n, n + n):
        for workspace_pools in range(4):
            double[workspace_pools] = i_end + lanes + i
        register[0:4] = T.Broadcast(double[1] + T.Cast("int32", inputs[i]), 4)
    for i in range(2):
        half: T.int32 = i * n
        register[i] = register[i] + half
    for i in range(2):
        half: T.int32 = i + n
        register[i + 2] = register[i + 2] - half

@T.prim_func
def __tvm_main__():
    T.func_attr({"target": T.target("c")})
    data = T.allocate([64], "int8", "global", annotations={"input_tensor": "data"})
    auto = T.allocate([4], "int32", "global", annotations={"output_tensor": "auto"})
    T.evaluate(T.call_extern("int32", "double", data, auto, 3))
`;
    const module = parseModule(text, "names.py");
    const input = Uint8Array.from({ length: INPUT_BYTES }, (_, i) => i);
    assertEquals(await onBoard(module, "stm32f746g-disco", input), evaluated(module, input));
  },
);

need(
  { tools: ["arm-none-eabi-gcc", "arm-none-eabi-nm", "qemu-system-arm"] },
  "QEMU's mps2-an386 runs arbitrary bodies as the evaluator does",
  async () => {
    const random = randR(7);
    const module = arbitraryModule((max) => random() % (max + 1), FUNCTIONS);
    const input = Uint8Array.from({ length: INPUT_BYTES }, () => random() & 0xff);
    const board = await loadBoard("mps2-an386");
    const ram = board.regions.find((one) => one.kind === "ram")?.name ?? "";
    const residents = [{ name: "stack", region: ram, size: 4096 } as const];
    const folder = generateFirmware(plan(module, board, { residents }), board);
    const dir = await Deno.makeTempDir();
    try {
      const built = await buildFirmware(folder, dir, board, await findToolchain("gcc"));
      const symbols = await output("arm-none-eabi-nm", [built.elfPath]);
      const symbol = folder.manifest.inputs[0]?.symbol ?? "";
      const address = new RegExp(`^([0-9a-f]+) . ${symbol}$`, "m").exec(symbols)?.[1] ?? "";
      await Deno.writeFile(`${dir}/in.bin`, input);
      const printed = await output("qemu-system-arm", [
        ...["-M", "mps2-an386", "-nographic", "-semihosting-config", "enable=on,target=native"],
        ...["-kernel", built.elfPath],
        ...["-device", `loader,file=${dir}/in.bin,addr=0x${address},force-raw=on`],
      ]);
      const hex = new Map(
        Array.from(printed.matchAll(/^pinmap: output (\w+) ([0-9a-f]+)$/gm), ([, name, digits]) => [
          name ?? "",
          Uint8Array.from(digits?.match(/../g) ?? [], (pair) => parseInt(pair, 16)),
        ]),
      );
      assertEquals(
        new Map(folder.manifest.outputs.map(({ name, dtype }) => [
          name,
          decodeElements(dtype as "int8", hex.get(name) ?? new Uint8Array()),
        ])),
        evaluated(module, input),
      );
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);
