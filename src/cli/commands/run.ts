/**
 * `pinmap run`: the whole road, or a linked ELF, with cycles per memory region.
 *
 * @module
 */
import { runElf } from "../../simulate/mod.ts";
import { timingNames } from "../../../sim/mod.ts";
import { BUILDING, type Command, COMMON, EXIT, PLANNING } from "../command.ts";
import { boardOf, modelPaths, readFile, writeFile } from "../inputs.ts";
import { elfSubject, isImage, MANIFEST } from "../run_subject.ts";
import { surroundingsOf } from "../run_surroundings.ts";
import { timeLimit, TIMEOUT, timeoutHint } from "../time_limit.ts";

/** The command. */
export const runCommand: Command = {
  name: "run",
  summary: "plan, build, check and run a model; or run an ELF; print cycles per memory region",
  usage: "MODEL...|FIRMWARE.elf --board NAME [--input FILE]... [flags]",
  details: [
    "A model is planned, built, checked and run in the emulator; several models share one workspace and\nrun one after the other in each inference, their inputs and outputs in order. An ELF is checked and\nrun as it is; so are Intel HEX, S-record and UF2 files, and raw bytes with --load-address. With a\nmanifest.json beside it its inputs and outputs are known by symbol. Each --input is one inference: the\nraw bytes of the input tensor. Without one, a single inference of zeros runs. Exits 1 if something is\nnot where it was pinned or the firmware's own exit code is not 0, 5 on a fault or limit.",
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
    {
      name: "profile-out",
      value: "FILE.json",
      help: "also write how often each buffer was read and written, for plan --profile; slow",
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
    [
      'pinmap run net.py -b stm32h743 --initiator "name=accel;like=dma1" -w "name=dtcm;target=c" -w "name=axi_sram;target=c,accel"',
      "TVMScript with functions on an accelerator that reaches what DMA1 reaches",
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
    const [path] = modelPaths(options, "run");
    const startClock = timeLimit(options);
    const board = await boardOf(options, "run");
    const bytes = await readFile(path, "model or ELF file");
    const inputs = await Promise.all(options.texts("input").map((file) => readFile(file, "input")));
    const subject = isImage(bytes, options)
      ? await elfSubject(context, path, bytes, board)
      : await (await import("../run_model.ts")).modelSubject(context, path, bytes, board);
    const profileOut = options.text("profile-out");
    const { run, console, consoles, outputs, profile } = await runElf(
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
        profile: profileOut !== undefined,
        maxInstructions: options.count("max-instructions"),
        maxCycles: options.count("max-cycles"),
        interrupted: startClock(),
        onProgress: (text, done, total) => context.terminal.progress(text, done, total),
      },
    );
    context.terminal.endProgress();
    if (profileOut !== undefined) {
      await writeFile(profileOut, `${JSON.stringify(profile, null, 2)}\n`);
      context.terminal.say(`Wrote ${profileOut}`);
    }
    const title = path.replace(/^.*[/\\]/, "");
    const result = { title, board, run, outputs, console, consoles, ...subject };
    const { textReport, writeHtml } = await import("../run_report.ts");
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
