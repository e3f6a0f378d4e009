/**
 * `deno task bench`: how fast the emulator runs the keyword-spotting network with every access counted
 * per region, and QEMU on the same image counting nothing, in one run. Prints medians and the ratio;
 * never decides a test.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { compileFirmware, importModel, loadBoard, plan } from "../../mod.ts";
import { createMachine, type EngineName, parseElf, runHarness } from "../../sim/mod.ts";
import { goldenVectors } from "../support/goldens.ts";
import { CORPUS, findTool } from "../support/need.ts";

const RUNS = 5;
const MODEL = `${CORPUS}/data/models/kws_ref_model.tflite`;
const GOLDEN = `${CORPUS}/data/goldens/kws_ref_model.json`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function row(name: string, seconds: readonly number[], instructions: number): number {
  const mips = instructions / median(seconds) / 1e6;
  const spread = `${Math.min(...seconds).toFixed(3)}–${Math.max(...seconds).toFixed(3)} s`;
  console.log(
    `${name.padEnd(44)}${mips.toFixed(1).padStart(9)}  ${
      median(seconds).toFixed(3).padStart(8)
    } s  (${spread})`,
  );
  return mips;
}

try {
  Deno.statSync(MODEL);
} catch {
  console.log(`skipped: ${MODEL} is not there (PINMAP_CORPUS names the corpus)`);
  Deno.exit(0);
}

const board = await loadBoard("mps2-an386");
const network = importModel(Deno.readFileSync(MODEL), MODEL);
const stack = { name: "stack" as const, region: board.regions[0]?.name ?? "", size: 2048 };
const planned = plan(network, board, { residents: [stack] });
const firmware = await compileFirmware(planned, board, { folder: "build/bench" });
const elf = parseElf(firmware.elf, firmware.elfPath);
const inputs = goldenVectors(GOLDEN).map(({ input }) => input);

console.log(
  `keyword spotting, ${inputs.length} inferences, ${board.name}, ${firmware.toolchain.version}`,
);
console.log(`${"engine".padEnd(44)}     MIPS    median     (min–max of ${RUNS} runs)`);

let instructions = 0;
const mips = new Map<EngineName, number>();
for (const engine of ["interpreter", "translator"] as const) {
  const machine = createMachine(board, elf, { engine });
  const seconds: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    runHarness(machine, firmware.manifest, inputs);
    if (i > 0) seconds.push((performance.now() - start) / 1000);
    instructions = machine.counts().instructions;
  }
  mips.set(engine, row(`pinmap ${engine}, all accesses counted`, seconds, instructions));
}

const qemu = findTool("qemu-system-arm");
if (qemu === undefined) console.log("qemu-system-arm is not installed: no peer measured");
else {
  // QEMU loads the image anew at reset, so the number of inferences has to stand in the file.
  const cell = elf.symbol(firmware.manifest.harness?.count_symbol ?? "")?.value ?? 0;
  const segment = elf.segments.find(({ vaddr, filesz }) => cell >= vaddr && cell < vaddr + filesz);
  if (segment === undefined) throw new Error("the number of inferences lies in no segment");
  const patched = firmware.elf.slice();
  new DataView(patched.buffer).setUint32(
    segment.offset + cell - segment.vaddr,
    inputs.length,
    true,
  );
  const image = "build/bench/patched.elf";
  Deno.writeFileSync(image, patched);
  const args = ["-M", board.name, "-display", "none", "-monitor", "none", "-serial", "none"];
  args.push("-semihosting-config", "enable=on,target=native", "-kernel", image);
  const theirs: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    const { success } = await new Deno.Command(qemu, { args }).output();
    if (!success) throw new Error(`${qemu} ${args.join(" ")} failed`);
    if (i > 0) theirs.push((performance.now() - start) / 1000);
  }
  const peer = row("QEMU, counting nothing, whole process", theirs, instructions);
  for (const [engine, ours] of mips) {
    console.log(`ratio ${engine} : QEMU = ${(ours / peer).toFixed(4)}`);
  }
}
