// Pins two buffers and a table on an STM32F746, runs the firmware, asserts where everything landed.
// deno run -A examples/pin.ts
// deno-lint-ignore-file no-console -- a script for people
import { loadBoard, moduleBuilder, parsePoolSpec, plan, simulate } from "../mod.ts";

const net = moduleBuilder("scale");
const main = net.main();
const weights = main.allocateConst("weights", "int8", [4, 4], [
  ...[1, 0, 0, 0],
  ...[0, 1, 0, 0],
  ...[0, 0, 1, 0],
  ...[0, 0, 0, 1],
], { candidates: ["flash"] });
const bias = main.allocateConst("bias", "int32", [4], [1, 2, 3, 4]);
const multiplier = main.allocateConst("multiplier", "int32", [1], [0x4000_0000]); // 0.5 in Q31,
const shift = main.allocateConst("shift", "int32", [1], [1]); // times 2^1: a factor of one
const input = main.allocate("input", "int8", [4], { input: "x", candidates: ["dtcm"] });
const output = main.allocate("output", "int8", [4], { output: "y", candidates: ["sram1", "dtcm"] });
const buffers = [input, weights, bias, multiplier, shift, output];
main.call("pinmap_fully_connected_s8", [...buffers, 1, 4, 4, 0, 0, 0, 0, -128, 127]);

const board = await loadBoard("stm32f746g-disco");
const pinned = plan(net.build(), board, {
  workspaceBuffers: ["name=dtcm;size=4K", "name=sram1"].map((p) => parsePoolSpec(p, "workspace")),
  residents: [{ name: "stack", region: "dtcm", size: 2048 }],
});
const inputs = [Uint8Array.of(10, 20, 30, 40)];
const { check, run, outputs } = await simulate(pinned, board, { folder: "build/pin", inputs });

if (!check.ok) throw new Error(check.findings.map(({ message }) => message).join("\n"));
if (outputs[0]?.join() !== "11,22,33,44") throw new Error(`wrong result ${outputs[0]}`);
const dtcm = run.regions.find(({ name }) => name === "dtcm");
console.log(
  `${outputs[0]} in ${run.inferences[0]?.cycles} cycles, ${dtcm?.read.accesses} reads of DTCM`,
);
