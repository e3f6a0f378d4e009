/**
 * `pinmap build`: the take-away firmware folder, compiled and checked.
 *
 * @module
 */
import type { BuildDocument } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { checkFirmware, compileFirmware } from "../../simulate/mod.ts";
import { findingsText, placementTable } from "../../report/mod.ts";
import { BUILDING, type Command, COMMON, EXIT, PLANNING } from "../command.ts";
import { boardOf, modelPaths, outFolder } from "../inputs.ts";
import { applicationOf, modelOf, planOf } from "../planning.ts";
import { objectiveOf } from "../objective.ts";

/** The command. */
export const buildCommand: Command = {
  name: "build",
  summary: "generate and compile the firmware, and check where the linker put everything",
  usage: "MODEL... --board NAME [flags]",
  details: [
    "Writes a folder of C sources, a header with TVM's C interface, a linker script, start-up code,\na Makefile and manifest.json, compiles it, and checks the linked ELF against the manifest.",
    "Several models become one firmware: they share the workspace, since they run one after the other. With\n--application your main() replaces the test harness; with --user-pools it also defines the pools.",
  ],
  options: [...PLANNING, ...BUILDING, ...COMMON],
  examples: [
    ["pinmap build kws.tflite --board stm32f746g-disco --out firmware", "Firmware in ./firmware"],
    [
      "pinmap build kws.tflite --board stm32f746g-disco --code-region itcm --toolchain zig",
      "Kernels in ITCM, compiled by Zig",
    ],
  ],
  async run({ options, terminal }) {
    const paths = modelPaths(options, "build");
    const [path] = paths;
    const board = await boardOf(options, "build");
    terminal.progress("Planning");
    const plan = planOf(await modelOf(paths, options), board, {
      options,
      terminal,
      objective: await objectiveOf(options),
    });
    const firmware = await compileFirmware(plan, board, {
      folder: outFolder(options, path, board.name),
      codeRegion: options.text("code-region"),
      application: await applicationOf(options),
      userPools: options.flag("user-pools"),
      toolchain: options.text("toolchain"),
      onProgress: (text, done, total) => terminal.progress(text, done, total),
    });
    terminal.endProgress();
    if (firmware.warnings !== "") terminal.say(firmware.warnings.trimEnd());
    const check = await checkFirmware(firmware, board);
    if (options.text("format") === "json") {
      const document: BuildDocument = {
        schema: "pinmap/build-1",
        elf: firmware.elfPath,
        toolchain: firmware.toolchain.version,
        check,
      };
      terminal.result(JSON.stringify(document, null, 2));
    } else {
      const text = { colors: terminal.colors, width: terminal.width };
      terminal.result([
        `${firmware.elfPath}: ${formatBytes(firmware.elf.length)}, ${firmware.toolchain.version}`,
        placementTable(check, text),
        findingsText(check, text),
      ].join("\n\n"));
    }
    return check.ok ? EXIT.ok : EXIT.checkFailed;
  },
};
