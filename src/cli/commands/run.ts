/**
 * `pinmap run`: the whole road, or a linked ELF, with cycles per memory region.
 *
 * @module
 */
import type { CheckDocument, PlanDocument, RunDocument } from "../../base/documents.ts";
import { InputError, UsageError } from "../../base/error.ts";
import type { Board } from "../../board/types.ts";
import type { Manifest } from "../../firmware/types.ts";
import { importModel } from "../../import/mod.ts";
import { imageFormat } from "../../../sim/mod.ts";
import { planToDocument } from "../../plan/mod.ts";
import {
  allocationTable,
  cycleTable,
  findingsText,
  functionTable,
  headerLine,
  imageOf,
  inferenceTable,
  placementTable,
  regionTable,
} from "../../report/mod.ts";
import { htmlReport } from "../../report/page.ts";
import { checkElf, checkFirmware, compileFirmware, runElf } from "../../simulate/mod.ts";
import { timingNames } from "../../../sim/mod.ts";
import { BOARD, BUILDING, type Command, COMMON, type Context, EXIT, PLANNING } from "../command.ts";
import { boardOf, onePositional, outFolder, planOf, readFile, writeFile } from "../inputs.ts";
import type { Options, OptionSpec } from "../options.ts";
import { timeLimit, TIMEOUT, timeoutHint } from "../time_limit.ts";
import type { ConsoleText, DeviceOptions, SemihostingOptions } from "../../../sim/mod.ts";
import { grantDirectory } from "../semihosting_files.ts";
import { manifestFor } from "./check.ts";

const MANIFEST: OptionSpec = {
  name: "manifest",
  short: "m",
  value: "FILE",
  help: "for an ELF: its manifest; default: manifest.json beside it, if there",
};

/** The command. */
export const runCommand: Command = {
  name: "run",
  summary: "plan, build, check and run a model; or run an ELF; print cycles per memory region",
  usage: "MODEL|FIRMWARE.elf --board NAME [--input FILE]... [flags]",
  details: [
    "A model is planned, built, checked and run in the emulator. An ELF is checked and run as it is; so are\nIntel HEX, S-record and UF2 files, and raw bytes with --load-address. With a manifest.json beside it\nits inputs and outputs are known by symbol. Each --input is one inference: the raw bytes of the input\ntensor. Without one, a single inference of zeros runs. Exits 1 if something is not where it was pinned\nor the firmware's own exit code is not 0, 5 on a fault or limit.",
  ],
  options: [
    ...PLANNING,
    ...BUILDING,
    {
      name: "input",
      short: "i",
      value: "FILE",
      repeat: true,
      help: "raw bytes of the input tensor; repeat for more inferences",
    },
    MANIFEST,
    {
      name: "max-instructions",
      value: "N",
      help: "stop after N instructions, default 20_000_000_000",
    },
    { name: "max-cycles", value: "N", help: "stop after N cycles" },
    TIMEOUT,
    {
      name: "engine",
      value: "NAME",
      choices: ["translator", "interpreter", "unicorn"],
      help:
        "translator (default, fast), interpreter, its specification, or unicorn where it is found, as a cross-check: it takes no exceptions",
    },
    {
      name: "load-address",
      value: "ADDRESS",
      help: "where a .bin file goes, e.g. 0x08000000",
    },
    {
      name: "faults",
      value: "WHICH",
      choices: ["auto", "report", "vector"],
      help:
        "faults that the program's handlers take: auto (default) those it has enabled, MemManage, BusFault,\nUsageFault; vector HardFault too; report none, every fault ends the run",
    },
    {
      name: "uart",
      value: "NAME=FILE",
      repeat: true,
      help:
        "what the other end of a serial port sends: the bytes of a file; NAME as in the board file",
    },
    {
      name: "itm",
      help: "the ITM is on from the start, as a debugger that shows its text sets it up",
    },
    {
      name: "stdin",
      value: "FILE",
      help: "what the program reads from its semihosting console: the bytes of a file; - is stdin",
    },
    {
      name: "semihosting-dir",
      value: "DIR",
      help:
        "the program may read and write files in this directory by semihosting, and nowhere else",
    },
    { name: "args", value: "TEXT", help: "the program's command line, after its name" },
    {
      name: "timing",
      value: "NAME",
      choices: timingNames,
      help: "timing model; default: that of the board's core, without caches",
    },
    { name: "top", value: "N", help: "functions to list, default 10" },
    { name: "html", value: "FILE", help: "also write a self-contained page with pictures" },
    ...COMMON,
  ],
  examples: [
    [
      'pinmap run kws.tflite --board stm32f746g-disco --with-workspace-buffer "name=dtcm;target=c;size=48K" --code-region itcm --input yes.bin',
      "Activations in DTCM, kernels in ITCM",
    ],
    ["pinmap run app.elf --board stm32f407g-disco", "Any firmware: run to its semihosting exit"],
    [
      "pinmap run app.elf -b stm32f407g-disco --uart usart2=commands.txt --semihosting-dir data",
      "Bytes for a serial port, files of a directory",
    ],
    [
      "pinmap run kws.tflite -b rp2040 --format json | jq .regions",
      "Cycles per region, for scripts",
    ],
  ],
  async run(context) {
    const { options } = context;
    const path = onePositional(options, "model or ELF file", "run");
    const startClock = timeLimit(options);
    const board = await boardOf(options, "run");
    const bytes = await readFile(path, "model or ELF file");
    const inputs = await Promise.all(options.texts("input").map((file) => readFile(file, "input")));
    const subject = isImage(bytes, options)
      ? await elfSubject(context, path, bytes, board)
      : await modelSubject(context, path, bytes, board);
    const { run, console, consoles, outputs } = await runElf(
      subject.elf,
      subject.path,
      board,
      subject.manifest,
      {
        inputs,
        surroundings: await surroundingsOf(options, path),
        engine: options.text("engine") as "translator" | "interpreter" | "unicorn" | undefined,
        loadAddress: subject.loadAddress,
        faults: options.text("faults") as "auto" | "report" | "vector" | undefined,
        timing: options.text("timing"),
        maxInstructions: options.count("max-instructions"),
        maxCycles: options.count("max-cycles"),
        interrupted: startClock(),
        onProgress: (text, done, total) => context.terminal.progress(text, done, total),
      },
    );
    context.terminal.endProgress();
    const title = path.replace(/^.*[/\\]/, "");
    const result = { title, board, run, outputs, console, consoles, ...subject };
    await writeHtml(context, result);
    if (options.text("format") === "json") {
      context.terminal.result(JSON.stringify(run, null, 2));
      for (const finding of subject.check.findings) {
        if (finding.severity === "error") {
          context.terminal.say(`${finding.code}: ${finding.message}`);
        }
      }
    } else context.terminal.result(textReport(context, result));
    if (run.exit.message !== undefined) context.terminal.say(run.exit.message);
    if (run.exit.message?.startsWith("the time limit") === true) {
      context.terminal.say(`  = hint: ${timeoutHint(options)}`);
    }
    if (run.exit.message?.startsWith("stack overflow") === true) {
      context.terminal.say("  = hint: Give the stack more with --stack-size");
    }
    if (run.exit.reason === "fault" || run.exit.reason === "limit") return EXIT.fault;
    return subject.check.ok && run.exit.code === 0 ? EXIT.ok : EXIT.checkFailed;
  },
};

interface Subject {
  readonly elf: Uint8Array;
  readonly path: string;
  readonly manifest: Manifest | undefined;
  readonly check: CheckDocument;
  readonly plan?: PlanDocument;
  readonly loadAddress?: number | undefined;
}

interface Result extends Subject {
  readonly title: string;
  readonly board: Board;
  readonly run: RunDocument;
  readonly outputs: readonly Uint8Array[];
  readonly console: string;
  readonly consoles: readonly ConsoleText[];
}

/** What the program finds around it, by the flags. */
async function surroundingsOf(
  options: Options,
  path: string,
): Promise<SemihostingOptions & DeviceOptions> {
  const directory = options.text("semihosting-dir");
  const stdin = options.text("stdin");
  const args = options.text("args");
  const name = path.replace(/^.*[/\\]/, "");
  const uarts: Record<string, Uint8Array> = {};
  for (const given of options.texts("uart")) {
    const [, uart, file] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    if (uart === undefined || file === undefined) {
      throw new UsageError(
        "E-CLI-VALUE",
        `Cannot run "run": --uart is "${given}", needs NAME=FILE, such as usart2=commands.txt`,
      );
    }
    uarts[uart] = await readFile(file, "serial input");
  }
  return {
    uarts,
    itm: options.flag("itm"),
    commandLine: args === undefined ? name : `${name} ${args}`,
    ...(directory !== undefined && { files: grantDirectory(directory) }),
    ...(stdin !== undefined && {
      stdin: stdin === "-" ? await readStdin() : await readFile(stdin, "console input"),
    }),
  };
}

async function readStdin(): Promise<Uint8Array> {
  return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
}

/** Raw bytes are an image if they are given an address, else they are for the importers to recognise. */
function isImage(bytes: Uint8Array, options: Options): boolean {
  return imageFormat(bytes) !== "bin" || options.given("load-address");
}

/** Flags that would do nothing are refused, not dropped. */
function refuse(options: Options, specs: readonly OptionSpec[], subject: string): void {
  const flag = specs.find(({ name }) => options.given(name))?.name;
  if (flag === undefined) return;
  throw new UsageError(
    "E-CLI-FLAG",
    `Cannot run ${subject} with --${flag}: it has no effect there`,
  );
}

async function elfSubject(
  { options }: Context,
  path: string,
  elf: Uint8Array,
  board: Board,
): Promise<Subject> {
  const subject = imageFormat(elf) === "elf" ? "an ELF file" : "an image";
  refuse(options, [...PLANNING, ...BUILDING].filter((spec) => spec !== BOARD), subject);
  const manifest = await manifestFor(path, options.text("manifest"));
  if (manifest === undefined && options.texts("input").length > 0) {
    throw new InputError(
      "E-CLI-MANIFEST",
      `Cannot give inputs to ${path}: it has no manifest.json`,
      {
        hints: ["Name the manifest with --manifest, or leave --input out"],
      },
    );
  }
  const loadAddress = options.address("load-address");
  const check = await checkElf(elf, path, board, manifest, loadAddress);
  return { elf, path, manifest, loadAddress, check };
}

async function modelSubject(
  { options, terminal }: Context,
  path: string,
  bytes: Uint8Array,
  board: Board,
): Promise<Subject> {
  refuse(options, [MANIFEST], "a model");
  const name = options.text("name");
  terminal.progress("Planning");
  const module = importModel(bytes, path, name === undefined ? {} : { name });
  const plan = planOf(module, board, { options, terminal });
  const firmware = await compileFirmware(plan, board, {
    folder: outFolder(options, path, board.name),
    codeRegion: options.text("code-region"),
    toolchain: options.text("toolchain"),
    onProgress: (text, done, total) => terminal.progress(text, done, total),
  });
  if (firmware.warnings !== "") terminal.say(firmware.warnings.trimEnd());
  return {
    elf: firmware.elf,
    path: firmware.elfPath,
    manifest: firmware.manifest,
    check: await checkFirmware(firmware, board),
    plan: planToDocument(plan),
  };
}

async function writeHtml({ options, terminal }: Context, result: Result): Promise<void> {
  const html = options.text("html");
  if (html === undefined) return;
  terminal.progress("Drawing");
  const { board, plan, run, check, manifest } = result;
  const image = imageOf(check, manifest);
  const title = `${result.title} on ${board.title}`;
  await writeFile(
    html,
    await htmlReport({ title, elf: result.path, board, plan, run, check, image }),
  );
  terminal.say(`Wrote ${html}`);
}

/** Text of a program as a terminal may get it: control characters but new lines and tabs are shown, not sent. */
function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function textReport({ options, terminal }: Context, result: Result): string {
  const text = { colors: terminal.colors, width: terminal.width };
  const { board, plan, run, check, manifest } = result;
  const image = imageOf(check, manifest);
  const parts = [
    headerLine({ elf: result.path, board: board.name, ...(plan && { plan }), run }, text),
    regionTable(board, plan, image, text),
  ];
  if (plan !== undefined) {
    parts.push(allocationTable(plan, image, text));
  }
  parts.push(placementTable(check, text), findingsText(check, text));
  const consoles = [{ name: "", text: result.console }, ...result.consoles];
  for (const { name, text } of consoles.filter((one) => one.text !== "")) {
    parts.push(`Console${name === "" ? "" : ` ${name}`}\n${printable(text).trimEnd()}`);
  }
  parts.push(cycleTable(run, text), functionTable(run, options.count("top") ?? 10, text));
  if (run.inferences.length > 0) parts.push(inferenceTable(run, text));
  if (run.stack !== undefined) {
    const { region, size, used } = run.stack;
    parts.push(`Stack: ${used} B of ${size} B used in ${region}`);
  }
  parts.push(...run.notes.map((note) => `note: ${note}`));
  return parts.join("\n\n");
}
