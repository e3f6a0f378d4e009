/**
 * `pinmap plan`: where every buffer and weight goes.
 *
 * @module
 */
import { UsageError } from "../../base/error.ts";
import { printModule } from "../../ir/mod.ts";
import { planToDocument } from "../../plan/mod.ts";
import { allocationTable, lifetimePicture, regionTable } from "../../report/mod.ts";
import { htmlReport } from "../../report/page.ts";
import { type Command, COMMON, EXIT, PLANNING } from "../command.ts";
import { boardOf, modelOf, onePositional, planOf, writeFile } from "../inputs.ts";

/** The command. */
export const planCommand: Command = {
  name: "plan",
  summary: "place every buffer and weight of a model into the board's memories",
  usage: "MODEL.tflite|MODULE.py --board NAME [flags]",
  details: [
    "Reads a TFLite network or a TVMScript module, gives every allocate its candidate pools, and\nplaces it. Candidates come from --pin, else from the annotation in the module, else they are the\npools in order. A pool that a function's target cannot reach is an error. A buffer leaves its\nfirst candidate only in the order given, and is marked.",
  ],
  options: [
    ...PLANNING,
    {
      name: "emit",
      value: "tir",
      choices: ["tir"],
      help: "print the pinned module as TVMScript instead of tables",
    },
    { name: "html", value: "FILE", help: "also write a self-contained page with pictures" },
    ...COMMON,
  ],
  examples: [
    ["pinmap plan kws.tflite --board stm32f746g-disco", "Default pools: every RAM, and flash"],
    [
      'pinmap plan kws.tflite --board stm32f746g-disco --with-workspace-buffer "name=dtcm;target=c;size=48K" --with-workspace-buffer "name=sram1;target=c"',
      "Activations in DTCM first, then SRAM1",
    ],
    [
      "pinmap plan kws.tflite --board stm32f746g-disco --emit tir > pinned.py",
      "The pinned module, which plans again to the same result",
    ],
  ],
  async run({ options, terminal }) {
    const path = onePositional(options, "model", "plan");
    const json = options.text("format") === "json";
    if (json && options.text("emit") !== undefined) {
      throw new UsageError(
        "E-CLI-FLAG",
        'Cannot run "plan": --emit tir and --format json exclude each other',
      );
    }
    const board = await boardOf(options, "plan");
    terminal.progress("Planning");
    const plan = planOf(await modelOf(path, options), board, { options, terminal });
    const document = planToDocument(plan);
    const html = options.text("html");
    if (html !== undefined) {
      terminal.progress("Drawing");
      await writeFile(html, await htmlReport({ title: path, board, plan: document }));
      terminal.say(`Wrote ${html}`);
    }
    if (json) terminal.result(JSON.stringify(document, null, 2));
    else if (options.text("emit") === "tir") terminal.result(printModule(plan.module).trimEnd());
    else {
      const text = { colors: terminal.colors, width: terminal.width };
      terminal.result([
        regionTable(board, document, undefined, text),
        allocationTable(document, undefined, text),
        lifetimePicture(document, terminal.width, text),
      ].join("\n\n"));
    }
    return EXIT.ok;
  },
};
