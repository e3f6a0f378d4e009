/**
 * `pinmap check`: is everything in a linked ELF where it was pinned?
 *
 * @module
 */
import { findingsText, imageOf, placementTable } from "../../report/mod.ts";
import { htmlReport } from "../../report/page.ts";
import { checkElf } from "../../simulate/mod.ts";
import { BOARD, type Command, COMMON, EXIT } from "../command.ts";
import { boardOf, onePositional, readFile, writeFile } from "../inputs.ts";
import { manifestFor } from "../manifest.ts";

/** The command. */
export const checkCommand: Command = {
  name: "check",
  summary: "check a linked ELF against the board and what was pinned",
  usage: "FIRMWARE.elf --board NAME [--manifest manifest.json] [flags]",
  details: [
    "Reads the ELF itself, not our plan. Without a manifest the board's rules still hold: sections in\nregions, no overlaps, load addresses in non-volatile memory, vector table, code where it may run.\nThe manifest.json beside the ELF is used if there is one. Exits 1 on a finding of severity error.",
  ],
  options: [
    BOARD,
    {
      name: "manifest",
      short: "m",
      value: "FILE",
      help: "what must be where; default: manifest.json beside the ELF, if there",
    },
    { name: "no-manifest", help: "only the board's rules, even if there is a manifest.json" },
    { name: "html", value: "FILE", help: "also write a self-contained page" },
    ...COMMON,
  ],
  examples: [
    ["pinmap check firmware/firmware.elf --board stm32f746g-disco", "With the manifest beside it"],
    ["pinmap check app.elf --board my-board.toml", "Any ELF: the board's rules only"],
  ],
  async run({ options, terminal }) {
    const path = onePositional(options, "ELF file", "check");
    const board = await boardOf(options, "check");
    const elf = await readFile(path, "ELF file");
    const manifest = options.flag("no-manifest")
      ? undefined
      : await manifestFor(path, options.text("manifest"));
    const check = await checkElf(elf, path, board, manifest);
    const html = options.text("html");
    if (html !== undefined) {
      terminal.progress("Drawing");
      const image = imageOf(check, manifest);
      await writeFile(html, await htmlReport({ title: path, board, elf: path, check, image }));
      terminal.say(`Wrote ${html}`);
    }
    if (options.text("format") === "json") terminal.result(JSON.stringify(check, null, 2));
    else {
      const text = { colors: terminal.colors, width: terminal.width };
      terminal.result([placementTable(check, text), findingsText(check, text)].join("\n\n"));
    }
    return check.ok ? EXIT.ok : EXIT.checkFailed;
  },
};
