import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import picocolors from "picocolors";
import { InputError, PinmapError } from "../../src/base/error.ts";
import type { PlanDocument, RunDocument } from "../../src/base/documents.ts";
import {
  allocationTable,
  boardTable,
  compareRuns,
  cycleTable,
  errorText,
  findingsText,
  functionTable,
  headerLine,
  imageOf,
  inferenceTable,
  lifetimePicture,
  placementTable,
  regionBars,
  regionTable,
  regionUsage,
} from "../../src/report/mod.ts";
import { BOARD, CHECK, MANIFEST, PINNED, PLAN, UNPINNED, WRONG } from "./fixtures.ts";
import { assertGolden } from "./golden.ts";

const IMAGE = imageOf(CHECK, MANIFEST);
const COLORS = picocolors.createColors(true);
const SEED = 20261123;

/** The numbers of a line, with their groups of three joined. */
function numbers(line: string): number[] {
  return (line.match(/-?\d{1,3}(?: \d{3})+|-?\d+(?:\.\d+)?/g) ?? [])
    .map((text) => Number(text.replaceAll(" ", "")));
}

const GOLDEN: Readonly<Record<string, () => string>> = {
  "region_table_planned": () => regionTable(BOARD, PLAN),
  "region_table_linked": () => regionTable(BOARD, PLAN, IMAGE),
  "region_bars": () => regionBars(BOARD, PLAN, IMAGE),
  "region_bars_ascii": () => regionBars(BOARD, PLAN, IMAGE, { ascii: true }),
  "allocation_table": () => allocationTable(PLAN),
  "allocation_table_linked": () => allocationTable(PLAN, IMAGE),
  "lifetime_picture": () => lifetimePicture(PLAN, 80),
  "lifetime_picture_ascii": () => lifetimePicture(PLAN, 100, { ascii: true }),
  "cycle_table": () => cycleTable(PINNED),
  "function_table": () => functionTable(PINNED, 8),
  "placement_table": () => placementTable(WRONG),
  "findings_text": () => `${findingsText(WRONG)}\n\n${findingsText(CHECK)}`,
  "compare_runs": () => compareRuns(UNPINNED, PINNED, ["flash and SRAM", "pinned"]),
  "board_table": () => boardTable(BOARD),
  "inference_table": () => inferenceTable(PINNED),
  "header_line": () =>
    headerLine({ elf: "out/spotting.elf", board: BOARD.name, plan: PLAN, run: PINNED }),
};

for (const [name, print] of Object.entries(GOLDEN)) {
  Deno.test(`${name} prints what it printed when it was reviewed`, () => {
    assertGolden(name, print());
  });
}

Deno.test("every text report ends its lines without spaces, also in colour", () => {
  const coloured = [
    regionTable(BOARD, PLAN, IMAGE, { colors: COLORS }),
    allocationTable(PLAN, IMAGE, { colors: COLORS }),
    cycleTable(PINNED, { colors: COLORS }),
    compareRuns(UNPINNED, PINNED, ["a", "b"], { colors: COLORS }),
  ];
  for (const text of [...Object.values(GOLDEN).map((print) => print()), ...coloured]) {
    // deno-lint-ignore no-control-regex
    const plain = text.replace(/\u001b\[\d+m/g, "");
    for (const line of plain.split("\n")) assertEquals(line, line.trimEnd());
  }
});

Deno.test("colours change nothing but colours", () => {
  // deno-lint-ignore no-control-regex
  const plain = (text: string) => text.replace(/\u001b\[\d+m/g, "");
  const pairs: readonly (readonly [string, string])[] = [
    [regionTable(BOARD, PLAN, IMAGE, { colors: COLORS }), regionTable(BOARD, PLAN, IMAGE)],
    [lifetimePicture(PLAN, 80, { colors: COLORS }), lifetimePicture(PLAN, 80)],
    [cycleTable(PINNED, { colors: COLORS }), cycleTable(PINNED)],
    [placementTable(WRONG, { colors: COLORS }), placementTable(WRONG)],
    [findingsText(WRONG, { colors: COLORS }), findingsText(WRONG)],
  ];
  for (const [coloured, expected] of pairs) {
    assert(coloured !== expected, "no colours at all");
    assertEquals(plain(coloured), expected);
  }
});

Deno.test("regionTable() starts with the four columns of ld --print-memory-usage", () => {
  const head = regionTable(BOARD, PLAN).split("\n")[0] ?? "";
  assertMatch(head, /^Memory region +Used Size +Region Size +%age Used +Free +Peak live$/);
});

Deno.test("regionTable() names the addends of every total, and they sum to it", () => {
  const lines = regionTable(BOARD, PLAN, IMAGE).split("\n");
  let sums = 0;
  lines.forEach((line, index) => {
    if (!line.startsWith("  = ")) return;
    const addends = numbers(line).reduce((sum, bytes) => sum + bytes, 0);
    const total = /^ *\S+ +(\d+) B/.exec(lines[index - 1] ?? "")?.[1];
    assertEquals(String(addends), total);
    sums++;
  });
  assertEquals(sums, 5);
});

Deno.test("regionUsage() counts a section that runs from RAM where it is loaded from too", () => {
  const flash = regionUsage(BOARD, PLAN, IMAGE).find(({ region }) => region.name === "flash");
  const copies = flash?.tenants.filter(({ kind }) => kind === "load-image").map(({ name }) => name);
  assertEquals(copies, [".itcm_text", ".data"]);
});

Deno.test("regionUsage() counts an alias's section once, in the region behind it", () => {
  const sections = [{
    section: ".text",
    region: "flash_itcm",
    size: 64,
    vma: 0x0020_0100,
    lma: 0x0800_0100,
  }];
  const flash = regionUsage(BOARD, undefined, { sections })
    .find(({ region }) => region.name === "flash");
  assertEquals(flash?.used, 64);
  assertEquals(flash?.tenants[0]?.address, 0x0800_0100);
});

Deno.test("regionUsage() does not load what has no content, whatever its load address says", () => {
  const sections = [
    { section: ".bss", region: "dtcm", size: 64, vma: 0x2000_0000, lma: 0x2000_0000 },
    { section: ".stack", region: "dtcm", size: 64, vma: 0x2000_0100, lma: 0x0800_0100 },
  ];
  const flash = regionUsage(BOARD, undefined, { sections })
    .find(({ region }) => region.name === "flash");
  assertEquals(flash?.used, 0);
});

Deno.test("regionTable() shows by how much a region is overfull", () => {
  const sections = [{ section: ".bss", region: "sram2", size: 20_000 }];
  const text = regionTable(BOARD, undefined, { sections });
  assertMatch(text, /sram2 +21024 B \(20\.53 KiB\) +16384 B \(16 KiB\) +128\.32% +-4640 B/);
});

Deno.test("allocationTable() has every name of the plan, and marks what was spilled", () => {
  const lines = allocationTable(PLAN).split("\n");
  assertEquals(lines.length, PLAN.allocations.length + 1);
  for (const { name, spilled } of PLAN.allocations) {
    const line = lines.find((text) => text.startsWith(`${name} `));
    assertEquals(line?.includes("spilled from dtcm"), spilled);
  }
});

Deno.test("lifetimePicture() has every name in its keys, and no line wider than asked for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 200 }), fc.boolean(), (width, ascii) => {
      const text = lifetimePicture(PLAN, width, { ascii });
      for (const { name } of PLAN.allocations) assertStringIncludes(text, name);
      // Headings are sentences; only pictures have a width.
      const pictures = text.split("\n").filter((line) =>
        /^ *(\d+(\.\.\d+)?|always|step) /.test(line) && !line.includes(" used")
      );
      for (const line of pictures) assertEquals(line.length, width);
    }),
    { seed: SEED, numRuns: 40 },
  );
});

Deno.test("lifetimePicture() writes beside each statement how many bytes are live", () => {
  const text = lifetimePicture(PLAN, 80).split("\n\n")[0] ?? "";
  for (const line of text.split("\n")) {
    const found = /^ *(\d+)(?:\.\.\d+)? {2}.* (\d+)$/.exec(line);
    if (found === null || line.includes(" B ")) continue;
    const step = Number(found[1]);
    const live = PLAN.allocations.filter((entry) =>
      entry.pool === "dtcm" && entry.first_use <= step && step <= entry.last_use
    );
    assertEquals(Number(found[2]), live.reduce((sum, entry) => sum + entry.size, 0));
  }
});

Deno.test("cycleTable() sums its lines to the run's cycles, for any run", () => {
  const access = fc.record({
    accesses: fc.integer({ min: 1, max: 1e6 }),
    bytes: fc.integer({ min: 1, max: 4e6 }),
    cycles: fc.integer({ min: 0, max: 1e9 }),
  });
  const runs = fc.tuple(
    fc.integer({ min: 0, max: 1e9 }),
    fc.array(fc.tuple(access, access, access), { maxLength: 5 }),
    fc.integer({ min: 0, max: 3 }),
  );
  fc.assert(
    fc.property(runs, ([core_cycles, counts, unattributed]) => {
      const regions = counts.map(([fetch, read, write], index) => ({
        name: `region${index}`,
        fetch,
        read,
        write,
        cycles: fetch.cycles + read.cycles + write.cycles,
      }));
      const cycles = core_cycles + unattributed +
        regions.reduce((sum, region) => sum + region.cycles, 0);
      const lines = cycleTable({ ...PINNED, core_cycles, regions, cycles }).split("\n").slice(1);
      const shown = lines.map((line) => {
        const cells = line.trimEnd().split(/ {2,}/);
        return Number((cells.at(-2) ?? "").replaceAll(" ", ""));
      });
      const addends = shown.filter((_, index) =>
        /^(core|region|unattributed)/.test(lines[index] ?? "")
      );
      assertEquals(addends.reduce((sum, value) => sum + value, 0), cycles);
      assertEquals(shown.at(-1), cycles);
      assertEquals(lines.some((line) => line.startsWith("unattributed")), unattributed !== 0);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

Deno.test("functionTable() gives the rest in one line, so that nothing is lost", () => {
  const lines = functionTable(PINNED, 3).split("\n");
  assertEquals(lines.length, 5);
  assertStringIncludes(lines.at(-1) ?? "", "[11 others]");
  assertEquals(functionTable(PINNED, 100).split("\n").length, PINNED.functions.length + 1);
});

Deno.test("functionTable() orders by cycles, whatever the order of the document", () => {
  const reversed: RunDocument = { ...PINNED, functions: PINNED.functions.toReversed() };
  assertEquals(functionTable(reversed, 4), functionTable(PINNED, 4));
});

Deno.test("findingsText() prints errors before warnings and counts both", () => {
  const text = findingsText(WRONG);
  assert(text.indexOf("error[C-REGION]") < text.indexOf("warning[C-NEARLY-FULL]"));
  assertStringIncludes(text, "expected in dtcm, is in sram1");
  assertStringIncludes(text, "failed: 1 error, 1 warning");
});

Deno.test("compareRuns() counts what got slower as negative savings", () => {
  const text = compareRuns(PINNED, UNPINNED, ["pinned", "not"]);
  assertMatch(text, /total +12 204 883 +19 817 230 +-7 612 347 +\+62\.4%/);
});

Deno.test("headerLine() leaves out what is not known", () => {
  assertEquals(headerLine({ board: "b" }), "board b");
});

Deno.test("errorText() underlines the offending characters, also after a tab", () => {
  const error = new InputError("E-BOARD-SIZE", 'Cannot read length: "16KB", needed KiB', {
    location: {
      file: "b.toml",
      line: 112,
      column: 10,
      lineText: 'length =\t"16KB"',
      length: 6,
    },
    hints: ['Write "16 KiB"', "Two lines\nof hint"],
  });
  assertEquals(
    errorText(error),
    [
      'error[E-BOARD-SIZE]: Cannot read length: "16KB", needed KiB',
      "   --> b.toml:112:10",
      "    |",
      '112 | length = "16KB"',
      "    |          ^^^^^^",
      '    = hint: Write "16 KiB"',
      "    = hint: Two lines",
      "            of hint",
    ].join("\n"),
  );
});

Deno.test("errorText() shows the part of a very long line that matters", () => {
  const lineText = `${"x".repeat(3000)}BAD${"y".repeat(3000)}`;
  const text = errorText(
    new PinmapError("E-X", "Cannot", {
      location: { file: "f", line: 1, column: 3001, length: 3, lineText },
    }),
  );
  const lines = text.split("\n");
  const at = lines.at(-1)?.indexOf("^^^") ?? 0;
  assertEquals(lines.at(-2)?.slice(at, at + 3), "BAD");
  for (const line of lines) assert(line.length < 120);
});

Deno.test("no report obeys control characters in names", () => {
  const name = "evil\u001b[2J\u0007\r\nrow\u202ename";
  const plan: PlanDocument = {
    ...PLAN,
    module: name,
    pools: PLAN.pools.map((pool) => ({ ...pool, region: name })),
    allocations: PLAN.allocations.map((entry) => ({ ...entry, name })),
  };
  const run: RunDocument = {
    ...PINNED,
    timing_model: name,
    functions: [{ name, cycles: 1, instructions: 1 }],
    regions: PINNED.regions.map((region) => ({ ...region, name })),
  };
  const error = new PinmapError(name, name, { location: { file: name, line: 1, column: 1 } });
  const texts = [
    allocationTable(plan),
    lifetimePicture(plan),
    headerLine({ elf: name, board: name, plan, run }),
    cycleTable(run),
    functionTable(run),
    compareRuns(run, run, [name, name]),
    findingsText({ ...WRONG, findings: WRONG.findings.map((f) => ({ ...f, message: name })) }),
    errorText(error),
  ];
  // deno-lint-ignore no-control-regex
  for (const text of texts) assert(!/[\u0000-\u0009\u000b-\u001f\u202e]/.test(text), text);
  assertEquals(headerLine({ board: name }).split("\n").length, 1);
});

Deno.test("empty documents print their headings and nothing else", () => {
  const plan: PlanDocument = { ...PLAN, pools: [], allocations: [], residents: [] };
  const run: RunDocument = {
    ...PINNED,
    cycles: 0,
    core_cycles: 0,
    regions: [],
    functions: [],
    inferences: [],
  };
  assertEquals(lifetimePicture(plan), "");
  assertEquals(allocationTable(plan).split("\n").length, 1);
  assertMatch(cycleTable(run), /total +0 +0 +0 +0\.00%/);
  assertEquals(functionTable(run).split("\n").length, 1);
  assertEquals(regionTable({ ...BOARD, regions: [] }).split("\n").length, 1);
  assertEquals(regionBars({ ...BOARD, regions: [] }), "");
});

Deno.test("importing the text reports does not load the drawing libraries", async () => {
  const info = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("../../src/report/mod.ts", import.meta.url).href],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(info.stdout);
  assertStringIncludes(text, "cli-table3");
  assert(!text.includes("html/mod.ts"));
  assert(!/npm:\/?@observablehq\/plot|npm:\/?svgdom/.test(text));
});
