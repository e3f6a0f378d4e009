/**
 * `deno task bench:emulator`: one program (int8 matrix product, copy by words, bitwise CRC-32, insertion
 * sort; sources beside this file) on pinmap with every access counted per region, on QEMU counting nothing,
 * on QEMU with a plugin and on libunicorn with hooks that count by region too, and on rp2040js, each where
 * it is installed; and how long an image of 300 KiB takes to its first instruction. Results and counts
 * must be equal. Prints medians and ratios, writes
 * `build/bench-emulator.json`; `--json` prints that instead.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { compileFirmware, importModel, loadBoard, plan } from "../../mod.ts";
import {
  createMachine,
  type ElfImage,
  type EngineName,
  type Machine,
  parseElf,
  runHarness,
} from "../../sim/mod.ts";
import { goldenVectors } from "../support/goldens.ts";
import { CORPUS, findTool } from "../support/need.ts";
import { fromFileUrl } from "../support/paths.ts";

const RUNS = 5;
const OUT = "build/bench-emulator";
const SOURCES = fromFileUrl(new URL("./emulator", import.meta.url));
const MODEL = `${CORPUS}/data/models/kws_ref_model.tflite`;
const GOLDEN = `${CORPUS}/data/goldens/kws_ref_model.json`;
/** Makes this process measure one engine on the network, for another one. */
const ONLY = "--keywords-on=";
const QUICK = Deno.args.includes("--quick");
const JSON_ONLY = Deno.args.includes("--json");

interface Image {
  readonly board: "mps2-an386" | "rp2040";
  readonly cpu: string;
  readonly code: number;
  readonly data: number;
  readonly rounds: number;
}

const LONG: Image = {
  board: "mps2-an386",
  cpu: "cortex-m4",
  code: 0,
  data: 0x2000_0000,
  rounds: QUICK ? 20 : 100,
};
const SMALL: Image = {
  board: "rp2040",
  cpu: "cortex-m0plus",
  code: 0x1000_0100,
  data: 0x2000_0000,
  rounds: QUICK ? 10 : 40,
};

/** Where rp2040js has its flash. */
const FLASH = 0x1000_0000;

/** What a run of an engine says. */
interface Outcome {
  readonly result: string;
  /** Undefined where the engine does not count. */
  readonly instructions?: number | undefined;
  /** Reads, writes and bytes of the memory of data; undefined where nobody counts. */
  readonly data?: readonly [reads: number, writes: number, bytes: number] | undefined;
}

interface Row {
  readonly name: string;
  readonly mips: number;
  readonly runs: number;
}

const rows: Row[] = [];

function say(text: string): void {
  if (!JSON_ONLY) console.log(text);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function expect(name: string, what: string, actual: unknown, wanted: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(wanted)) return;
  throw new Error(`${name}: ${what} ${JSON.stringify(actual)}, needs ${JSON.stringify(wanted)}`);
}

async function tool(command: string, args: readonly string[]): Promise<string> {
  const path = findTool(command) ?? command;
  const { success, stdout, stderr } = await new Deno.Command(path, { args: [...args] }).output();
  // QEMU's semihosting console is its standard error.
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  if (!success) throw new Error(`${command} failed: ${text}`);
  return text;
}

/** Runs an engine once to warm up and then several times; checks every outcome. */
async function measure(
  name: string,
  instructions: number,
  run: () => Promise<Outcome> | Outcome,
  check: (outcome: Outcome) => void,
): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    const outcome = await run();
    if (i > 0) seconds.push((performance.now() - start) / 1000);
    check(outcome);
  }
  const mips = instructions / median(seconds) / 1e6;
  rows.push({ name, mips: Number(mips.toFixed(2)), runs: RUNS });
  const spread = `${Math.min(...seconds).toFixed(3)}–${Math.max(...seconds).toFixed(3)} s`;
  say(
    `${name.padEnd(46)}${mips.toFixed(1).padStart(9)}  ${
      median(seconds).toFixed(3).padStart(8)
    } s  (${spread})`,
  );
  return mips;
}

async function build(
  image: Image,
  name = "kernels",
  more: readonly string[] = [],
): Promise<{ elf: ElfImage; path: string }> {
  const path = `${OUT}/${name}-${image.board}.elf`;
  await tool("arm-none-eabi-gcc", [
    ...["-std=gnu11", "-mthumb", `-mcpu=${image.cpu}`, "-O2", `-DROUNDS=${image.rounds}`],
    ...["-ffreestanding", "-nostdlib", "-fno-tree-loop-distribute-patterns"],
    `-Wl,-T,${SOURCES}/kernels.ld,--defsym=CODE=${image.code},--defsym=DATA=${image.data}`,
    "-Wl,--no-warn-rwx-segments,--build-id=none",
    ...["-o", path, `${SOURCES}/kernels.c`, ...more, "-lgcc"],
  ]);
  return { elf: parseElf(await Deno.readFile(path), path), path };
}

function symbol(elf: ElfImage, name: string): number {
  const found = elf.symbol(name);
  if (found === undefined) throw new Error(`${elf.file} has no symbol ${name}`);
  return found.address;
}

function outcomeOf(machine: Machine, dataRegion: string): Outcome {
  const bytes = machine.readSymbol("bench_result");
  const value = new DataView(bytes.buffer).getUint32(0, true);
  const counts = machine.counts();
  const region = counts.regions.find(({ name }) => name === dataRegion);
  return {
    result: value.toString(16).padStart(8, "0"),
    instructions: counts.instructions,
    data: region === undefined ? undefined : [
      region.read.accesses,
      region.write.accesses,
      region.read.bytes + region.write.bytes,
    ],
  };
}

function numbers(text: string, pattern: RegExp): number[] {
  return (pattern.exec(text) ?? []).slice(1).map(Number);
}

async function ours(
  image: Image,
  elf: ElfImage,
  dataRegion: string,
): Promise<{ outcome: Outcome; mips: number }> {
  const board = await loadBoard(image.board);
  const run = (): Outcome => {
    const machine = createMachine(board, elf, { engine: "translator" });
    const stop = machine.runUntilSymbol("bench_done");
    if (stop.kind !== "breakpoint") throw new Error(`pinmap stopped: ${JSON.stringify(stop)}`);
    return outcomeOf(machine, dataRegion);
  };
  const outcome = run();
  const name = `pinmap, ${image.cpu.replace("cortex-", "")}, per region`;
  const mips = await measure(name, outcome.instructions ?? 0, run, (seen) => {
    expect(name, "counts", seen, outcome);
  });
  return { outcome, mips };
}

function missing(name: string, needs: string): undefined {
  say(`${name}: not measured, ${needs} is not installed`);
  return undefined;
}

/** QEMU without and with the plugin. */
async function qemu(elf: ElfImage, path: string, wanted: Outcome): Promise<number | undefined> {
  if (findTool("qemu-system-arm") === undefined) return missing("QEMU", "qemu-system-arm");
  const args = ["-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"];
  args.push("-semihosting-config", "enable=on,target=native", "-kernel", path);
  const read = (text: string): Outcome => {
    const [instructions] = numbers(text, /instructions (\d+)/);
    const [reads = 0, writes = 0, bytes = 0] = numbers(
      text,
      /region 2 fetches \d+ reads (\d+) writes (\d+) bytes (\d+)/,
    );
    const data = instructions === undefined ? undefined : [reads, writes, bytes] as const;
    return { result: /result ([0-9a-f]{8})/.exec(text)?.[1] ?? "", instructions, data };
  };
  const count = wanted.instructions ?? 0;
  await measure(
    "QEMU, whole process, counting nothing",
    count,
    async () => read(await tool("qemu-system-arm", args)),
    ({ result }) => expect("QEMU", "result", result, wanted.result),
  );
  if (findTool("gcc") === undefined) return missing("QEMU with a plugin", "gcc");
  const plugin = `${Deno.cwd()}/${OUT}/qemu_plugin.so`;
  await tool("gcc", ["-shared", "-fPIC", "-O2", "-o", plugin, `${SOURCES}/qemu_plugin.c`]);
  const done = symbol(elf, "bench_done");
  const regions = "region=0x0-0x400000,region=0x20000000-0x20400000";
  const end = done + (elf.symbol("bench_done")?.size ?? 0);
  args.push("-plugin", `${plugin},done=${done}-${end},${regions}`);
  return await measure(
    "QEMU, whole process, plugin per region",
    count,
    async () => read(await tool("qemu-system-arm", args)),
    (seen) => expect("QEMU with a plugin", "counts", seen, wanted),
  );
}

async function unicorn(
  image: Image,
  elf: ElfImage,
  path: string,
  wanted: Outcome,
): Promise<number | undefined> {
  const library = findTool("libunicorn.so.2");
  if (library === undefined) return missing("libunicorn", "libunicorn.so.2");
  if (findTool("gcc") === undefined) return missing("libunicorn", "gcc");
  const host = `${OUT}/unicorn_host`;
  await tool("gcc", ["-O2", "-o", host, `${SOURCES}/unicorn_host.c`, library]);
  const binary = `${path}.bin`;
  await tool("arm-none-eabi-objcopy", ["-O", "binary", "-j", ".text", path, binary]);
  const args = [binary, image.code, 0x10_000, image.data, 0x10_0000, symbol(elf, "Reset_Handler")];
  const entry = [symbol(elf, "stack_top"), symbol(elf, "bench_done"), symbol(elf, "bench_result")];
  const run = async (): Promise<Outcome> => {
    const { success, stdout } = await new Deno.Command(`${Deno.cwd()}/${host}`, {
      args: [...args, ...entry].map(String),
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (!success) throw new Error(`libunicorn failed: ${text}`);
    const [instructions] = numbers(text, /instructions (\d+)/);
    const [reads = 0, writes = 0, bytes = 0] = numbers(
      text,
      /region 2 reads (\d+) writes (\d+) bytes (\d+)/,
    );
    const result = /result ([0-9a-f]{8})/.exec(text)?.[1] ?? "";
    return { result, instructions, data: [reads, writes, bytes] };
  };
  // It does not report instructions whose condition fails: one for each bit of CRC, in an ITE block.
  const bits = image.rounds * 4 * 8192 * 8;
  const count = wanted.instructions ?? 0;
  return await measure("libunicorn, C hooks per region", count, run, (seen) => {
    const known = { ...seen, instructions: (seen.instructions ?? 0) + bits };
    expect("libunicorn", "counts", known, wanted);
  });
}

async function rp2040(elf: ElfImage, wanted: Outcome): Promise<number | undefined> {
  const library = await import("rp2040js").catch(() => undefined);
  if (library === undefined) return missing("rp2040js", "npm:rp2040js");
  const done = symbol(elf, "bench_done");
  const result = symbol(elf, "bench_result");
  const run = (): Outcome => {
    const chip = new library.RP2040();
    for (const { paddr, filesz, data } of elf.segments) {
      if (filesz > 0) chip.flash.set(data, paddr - FLASH);
    }
    const { core } = chip;
    core.SP = symbol(elf, "stack_top");
    core.PC = symbol(elf, "Reset_Handler");
    let instructions = 0;
    for (; core.PC !== done; instructions++) core.executeInstruction();
    const value = chip.readUint32(result);
    return { result: (value >>> 0).toString(16).padStart(8, "0"), instructions };
  };
  return await measure("rp2040js, m0plus", wanted.instructions ?? 0, run, (seen) => {
    const { result, instructions } = wanted;
    expect("rp2040js", "result and count", seen, { result, instructions });
  });
}

/** The keyword-spotting network on one engine, in a process of its own: engines do not warm each other. */
async function keywordsOn(engine: EngineName): Promise<string> {
  const board = await loadBoard("mps2-an386");
  const network = importModel(await Deno.readFile(MODEL), MODEL);
  const stack = { name: "stack" as const, region: board.regions[0]?.name ?? "", size: 2048 };
  const planned = plan(network, board, { residents: [stack] });
  const firmware = await compileFirmware(planned, board, { folder: `${OUT}/kws` });
  const elf = parseElf(firmware.elf, firmware.elfPath);
  const inputs = goldenVectors(GOLDEN).map(({ input }) => input);
  const machine = createMachine(board, elf, { engine });
  const run = (): Outcome => {
    const { inferences } = runHarness(machine, firmware.manifest, inputs);
    const counts = machine.counts();
    const outputs = inferences.map(({ output, cycles }) => [...output, cycles]);
    return { result: JSON.stringify([counts, outputs]), instructions: counts.instructions };
  };
  const first = run();
  const check = (seen: Outcome) => expect("keyword spotting", "outcome", seen, first);
  const name = `pinmap ${engine}, keyword spotting`;
  await measure(name, first.instructions ?? 0, run, check);
  return first.result;
}

/** Milliseconds from nothing to the first instruction of a 300 KiB image. */
interface Start {
  readonly image_bytes: number;
  /** Process start to the first instruction, of a script that uses `sim/mod.ts`. */
  readonly process_ms: number;
  /** The whole of `pinmap run --max-instructions 1`, with check and report. */
  readonly cli_ms: number;
  /** `createMachine` and one instruction, in a process that is warm. */
  readonly machine_ms: number;
}

/** Builds an image of 300 KiB and starts it several times, each in a process of its own. */
async function startup(): Promise<Start> {
  const image: Image = { ...LONG, rounds: 1 };
  const { elf, path } = await build(image, "start", [`${SOURCES}/pad.c`, "-Wl,--undefined=pad"]);
  const bytes = elf.segments.reduce((sum, { filesz }) => sum + filesz, 0);
  const processes: number[] = [];
  const machines: number[] = [];
  const commands: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", `${SOURCES}/start.ts`, path, image.board],
      stdout: "piped",
    }).spawn();
    let text = "";
    let first = NaN;
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (Number.isNaN(first)) first = performance.now() - start;
      text += part;
    }
    expect("start", "first line", text.split("\n")[0], "first instruction");
    await child.status;
    const before = performance.now();
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "src/cli/main.ts", "run", path],
        ...["--board", image.board, "--max-instructions", "1"],
      ],
    }).output();
    expect("start", "success at a limit", success, false);
    if (i === 0) continue;
    processes.push(first);
    machines.push(Number(text.split("\n")[1]));
    commands.push(performance.now() - before);
  }
  const rounded = (values: readonly number[]): number => Number(median(values).toFixed(1));
  return {
    image_bytes: bytes,
    process_ms: rounded(processes),
    cli_ms: rounded(commands),
    machine_ms: rounded(machines),
  };
}

async function keywords(): Promise<number | undefined> {
  if (!exists(MODEL)) return missing("keyword spotting", MODEL);
  const seen: { result: string; row: Row }[] = [];
  for (const engine of ["translator", "interpreter"]) {
    const script = `${SOURCES}.ts`;
    const args = ["run", "-A", "--quiet", script, "--json", `${ONLY}${engine}`];
    const { success, stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (!success) throw new Error(`keyword spotting failed on the ${engine}`);
    seen.push(JSON.parse(new TextDecoder().decode(stdout)));
  }
  const [fast, slow] = seen;
  if (fast === undefined || slow === undefined) return undefined;
  expect("keyword spotting", "outcome", fast.result, slow.result);
  for (const { row } of seen) {
    rows.push(row);
    say(`${row.name.padEnd(46)}${row.mips.toFixed(1).padStart(9)}`);
  }
  return fast.row.mips / slow.row.mips;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

await Deno.mkdir(OUT, { recursive: true });
const only = Deno.args.find((arg) => arg.startsWith(ONLY))?.slice(ONLY.length);
if (only === "translator" || only === "interpreter") {
  const result = await keywordsOn(only);
  console.log(JSON.stringify({ result, row: rows[0] }));
  Deno.exit(0);
}
if (findTool("arm-none-eabi-gcc") === undefined) {
  console.log("skipped: arm-none-eabi-gcc is not installed");
  Deno.exit(0);
}
const long = await build(LONG);
const small = await build(SMALL);
say(`${"engine".padEnd(46)}     MIPS    median     (min–max of ${RUNS} runs)`);
const m4 = await ours(LONG, long.elf, "ssram23");
say(`  ${m4.outcome.instructions} instructions, result ${m4.outcome.result}`);
const plugin = await qemu(long.elf, long.path, m4.outcome);
const hooks = await unicorn(LONG, long.elf, long.path, m4.outcome);
const m0 = await ours(SMALL, small.elf, "sram");
say(`  ${m0.outcome.instructions} instructions, result ${m0.outcome.result}`);
const javascript = await rp2040(small.elf, m0.outcome);
const network = await keywords();
const start = await startup();
say(
  `start to first instruction, image of ${start.image_bytes} B: process ${start.process_ms} ms, ` +
    `command line to its end ${start.cli_ms} ms, machine alone ${start.machine_ms} ms`,
);

const ratio = (ours: number, theirs: number | undefined): number | null =>
  theirs === undefined ? null : Number((ours / theirs).toFixed(3));
const document = {
  schema: "pinmap/bench-emulator-1",
  instructions: m4.outcome.instructions,
  engines: rows,
  start,
  ratios: {
    qemu_plugin: ratio(m4.mips, plugin),
    unicorn_hooks: ratio(m4.mips, hooks),
    rp2040js: ratio(m0.mips, javascript),
    keyword_spotting_interpreter: network === undefined ? null : Number(network.toFixed(3)),
  },
};
await Deno.writeTextFile("build/bench-emulator.json", `${JSON.stringify(document, null, 2)}\n`);
if (JSON_ONLY) console.log(JSON.stringify(document, null, 2));
else for (const [name, value] of Object.entries(document.ratios)) say(`ratio ${name} = ${value}`);
