/**
 * `deno task demo`: a handwritten digit on an emulated STM32F746G-DISCO, once with the network pinned
 * to the tightly coupled memories and once with everything in flash and SRAM.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a script for people
import {
  type Board,
  compareRuns,
  htmlReport,
  imageOf,
  importModel,
  loadBoard,
  parsePoolSpec,
  plan,
  planToDocument,
  regionTable,
  simulate,
} from "../../mod.ts";
import { drawDigit, type Sample, sampleDigits } from "./samples.ts";

const MODEL = new URL("digits.tflite", import.meta.url);
const OUT = "build/demo";
const STACK_BYTES = 2048;

interface Placement {
  readonly label: string;
  readonly workspace: string;
  readonly parameters: string;
  readonly codeRegion?: string;
}

const PINNED: Placement = {
  label: "pinned",
  workspace: "dtcm",
  parameters: "name=weights;region=dtcm",
  codeRegion: "itcm",
};
const UNPINNED: Placement = { label: "unpinned", workspace: "sram1", parameters: "name=flash" };

async function runDigits(board: Board, placement: Placement, samples: readonly Sample[]) {
  const planned = plan(importModel(await Deno.readFile(MODEL), "digits.tflite"), board, {
    workspaceBuffers: [parsePoolSpec(`name=${placement.workspace}`, "workspace")],
    parameterBuffers: [parsePoolSpec(placement.parameters, "constant")],
    residents: [{ name: "stack", region: placement.workspace, size: STACK_BYTES }],
  });
  const result = await simulate(planned, board, {
    folder: `${OUT}/${placement.label}`,
    codeRegion: placement.codeRegion,
    inputs: samples.map(({ input }) => new Uint8Array(input.buffer)),
  });
  return { ...placement, ...result, plan: planToDocument(planned) };
}

function argmax(output: Uint8Array): number {
  const scores = new Int8Array(output.buffer, output.byteOffset, output.length);
  return scores.indexOf(Math.max(...scores));
}

const board = await loadBoard("stm32f746g-disco");
const samples = sampleDigits(1);
const pinned = await runDigits(board, PINNED, samples);
const unpinned = await runDigits(board, UNPINNED, samples);

const shown = samples[Number(Deno.args[0] ?? 3)] ?? samples[0];
if (shown === undefined) throw new Error("the sample set is empty");
console.log(drawDigit(shown.pixels, Deno.stdout.isTerminal() && !Deno.noColor ? "grey" : "blocks"));
console.log(
  `\nThe emulated microcontroller read ${argmax(pinned.outputs[shown.label] ?? new Uint8Array())}.`,
);
const read = pinned.outputs.map(argmax);
const right = samples.filter(({ label }, index) => read[index] === label).length;
console.log(`Of ${samples.length} held-out digits it read ${right} rightly: ${read.join(" ")}\n`);

for (const { label, plan, check, firmware } of [pinned, unpinned]) {
  console.log(`Memory, ${label} (placement ${check.ok ? "proved from the ELF" : "WRONG"})`);
  console.log(`${regionTable(board, plan, imageOf(check, firmware.manifest))}\n`);
}
console.log(`Cycles of ${samples.length} inferences and start-up, ${pinned.run.timing_model}`);
console.log(compareRuns(unpinned.run, pinned.run, [UNPINNED.label, PINNED.label]));
for (const note of new Set([...unpinned.run.notes, ...pinned.run.notes])) {
  console.log(`note: ${note}`);
}

const page = `${OUT}/report.html`;
await Deno.writeTextFile(
  page,
  await htmlReport({
    title: "Digits on STM32F746G-DISCO",
    board,
    plan: pinned.plan,
    check: pinned.check,
    elf: pinned.firmware.elfPath,
    image: imageOf(pinned.check, pinned.firmware.manifest),
    run: pinned.run,
    runs: [unpinned, pinned].map(({ label, run }) => ({ label, run })),
  }),
);
console.log(`\nReport with pictures: ${page}`);

const same = pinned.run.inferences.every((inference, index) =>
  inference.output_base64 === unpinned.run.inferences[index]?.output_base64
);
if (!same || !pinned.check.ok || !unpinned.check.ok) {
  console.error("The two placements disagree, or something is not where it was pinned");
  Deno.exit(1);
}
