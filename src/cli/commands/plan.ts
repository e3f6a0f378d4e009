/**
 * `pinmap plan`: where every buffer and weight goes.
 *
 * @module
 */
import { UsageError } from "../../base/error.ts";
import { printModule } from "../../ir/mod.ts";
import { planToDocument } from "../../plan/mod.ts";
import { allocationTable, lifetimePicture, planCyclesText, regionTable } from "../../report/mod.ts";
import { htmlReport } from "../../report/page.ts";
import { type Command, COMMON, EXIT, PLANNING } from "../command.ts";
import type { PlanDocument } from "../../base/documents.ts";
import { openSearch, statusText } from "../search.ts";
import { boardOf, modelPaths, noMorePositionals, writeFile } from "../inputs.ts";
import { modelOf, planOf } from "../planning.ts";
import { objectiveOf } from "../objective.ts";
import { emitPlan, isProblemPath, planWithin, runPlanProblem } from "./plan_problem.ts";

/** The command. */
export const planCommand: Command = {
  name: "plan",
  summary: "place every buffer and weight of a model into the board's memories",
  usage:
    "MODEL.tflite|MODULE.py... --board NAME [flags], or PROBLEM.csv --capacity SIZE, or PROBLEM.json",
  details: [
    "Reads a TFLite network or a TVMScript module, gives every allocate its candidate pools, and\nplaces it. Candidates come from --pin, else from the annotation in the module, else they are the\npools in order. A pool that a function's target cannot reach is an error. A buffer leaves its\nfirst candidate only in the order given, and is marked.",
    "--algorithm exact proves its plan: the status is optimal, or feasible with the gap to the bytes that no\nplan can do without; a plan that cannot exist is infeasible (exit code 3, with the proof: the bound, or a\nsearch that tried everything). It searches within a fixed number of steps; --node-limit and --time-limit take\nits place, and Ctrl-C ends the search (exit code 130). The best plan so far is printed in each case.",
    "A problem file has buffers and pools of its own and needs no board: MiniMalloc's CSV\n(id,lower,upper,size[,alignment,gaps]) or JSON of the schema pinmap/problem-1.",
  ],
  options: [
    ...PLANNING,
    {
      name: "emit",
      value: "WHAT",
      choices: ["tir", "csv", "problem"],
      help:
        "instead of tables print the pinned module as TVMScript, or the variables as MiniMalloc's CSV with offsets or as a JSON problem",
    },
    { name: "capacity", value: "SIZE", help: "bytes of the pool of a problem in CSV" },
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
    [
      "pinmap plan buffers.csv --capacity 1M --algorithm portfolio --emit csv",
      "A problem without a board: MiniMalloc's CSV in, the same with offsets out",
    ],
    [
      "pinmap plan buffers.csv --capacity 1M --algorithm exact --time-limit 10s --format json",
      "The lowest peak that ten seconds suffice for, and how far it may be from the best",
    ],
  ],
  async run({ options, terminal }) {
    const paths = modelPaths(options, "plan");
    const [path] = paths;
    const json = options.text("format") === "json";
    const emit = options.text("emit");
    if (json && emit !== undefined) {
      throw new UsageError(
        "E-CLI-FLAG",
        `Cannot run "plan": --emit ${emit} and --format json exclude each other`,
      );
    }
    if (isProblemPath(path)) {
      noMorePositionals(options, 1, "plan");
      return await runPlanProblem(path, options, terminal);
    }
    if (options.text("capacity") !== undefined) {
      throw new UsageError(
        "E-CLI-FLAG",
        'Cannot run "plan": --capacity is for problems in CSV, pools of a board have size=',
      );
    }
    const board = await boardOf(options, "plan");
    terminal.progress("Planning");
    const module = await modelOf(paths, options);
    const objective = await objectiveOf(options);
    const search = await openSearch(options, terminal);
    const plan = planWithin(
      search,
      () => planOf(module, board, { options, terminal, objective }, search.control),
    );
    const unsaid = planToDocument(plan);
    const stopped = search.stoppedBy(unsaid.cycles?.gap ?? unsaid.gap_bytes);
    const document: PlanDocument = { ...unsaid, ...(stopped !== undefined && { stopped }) };
    const html = options.text("html");
    if (html !== undefined) {
      terminal.progress("Drawing");
      await writeFile(html, await htmlReport({ title: path, board, plan: document }));
      terminal.say(`Wrote ${html}`);
    }
    if (json) terminal.result(JSON.stringify(document, null, 2));
    else if (emit === "tir") terminal.result(printModule(plan.module).trimEnd());
    else if (emit !== undefined) terminal.result(emitPlan(plan, emit));
    else {
      const text = { colors: terminal.colors, width: terminal.width };
      terminal.result([
        regionTable(board, document, undefined, text),
        allocationTable(document, undefined, text),
        lifetimePicture(document, terminal.width, text),
        ...(document.cycles !== undefined
          ? [planCyclesText(document)]
          : search.control === undefined
          ? []
          : [statusText(document, stopped)]),
      ].join("\n\n"));
    }
    return stopped === "interrupt" ? EXIT.interrupted : EXIT.ok;
  },
};
