import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import { parseBoard } from "../../src/board/mod.ts";
import { edit, SAMPLE } from "./sample.ts";

const DTCM_ORIGIN = "origin = 0x2000_0000";
const REGION_2 = `[[region]]\nname = "itcm"`;

/** Replacement text with a `‹` before the character that the error must point at. */
interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly length?: number;
}

const CASES: readonly Case[] = [
  {
    what: "text that is not TOML",
    from: 'title = "A sample"',
    to: "title = ‹= 3",
    code: "E-BOARD-SYNTAX",
    message: "Cannot read board: invalid value, needed TOML 1.0",
  },
  {
    what: "another version of the format",
    from: '"pinmap/board-1"',
    to: '‹"pinmap/board-2"',
    code: "E-BOARD-SCHEMA",
    message: '"pinmap/board-2" is unknown, needed "pinmap/board-1"',
  },
  {
    what: "an unknown key of a region, with the key that was meant",
    from: 'length = "128 KiB"',
    to: '‹lenght = "128 KiB"',
    code: "E-BOARD-KEY",
    message: 'Cannot read key "lenght" of region "dtcm": unknown, needed one of name, kind, origin',
    hint: 'Did you mean "length"?',
    length: 6,
  },
  {
    what: "an unknown key that resembles none",
    from: 'length = "128 KiB"',
    to: 'length = "128 KiB"\n‹colour = "blue"',
    code: "E-BOARD-KEY",
    message: 'Cannot read key "colour" of region "dtcm": unknown, needed one of name, kind, origin',
    hint: "boards/README.md says what each key means.",
  },
  {
    what: "an unknown key of an inline table",
    from: "{ read = 0, write = 0 }",
    to: "{ read = 0, ‹writes = 0 }",
    code: "E-BOARD-KEY",
    message: 'Cannot read key "writes" of wait_states of region "dtcm"',
    hint: 'Did you mean "write"?',
  },
  {
    what: "an unknown table",
    from: "[cpu]",
    to: "[‹cpus]",
    code: "E-BOARD-KEY",
    message: 'Cannot read key "cpus" of board: unknown',
    hint: 'Did you mean "cpu"?',
  },
  {
    what: "a missing key, at the header of its table",
    from: 'core = "cortex-m7"\n',
    to: "",
    code: "E-BOARD-MISSING",
    message: 'Cannot read cpu: key "core" is missing, needed one of "cortex-m0"',
  },
  {
    what: "a missing vector table",
    from: "vector_table = 0x0800_0100\n",
    to: "",
    code: "E-BOARD-MISSING",
    message: 'Cannot read board: key "vector_table" is missing, needed an address such as',
  },
  {
    what: "a value of the wrong type",
    from: 'title = "A sample"',
    to: "title = ‹7",
    code: "E-BOARD-TYPE",
    message: "Cannot read title: 7 is a number, needed a name for people",
  },
  {
    what: "a quoted address",
    from: DTCM_ORIGIN,
    to: 'origin = ‹"0x2000_0000"',
    code: "E-BOARD-TYPE",
    message: 'Cannot read origin of region "dtcm": "0x2000_0000" is a string',
    hint: "Write the number without quotes.",
  },
  {
    what: "a list that should be a table",
    from: "wait_states = { read = 0, write = 0 }",
    to: "wait_states = ‹[0, 0]",
    code: "E-BOARD-TYPE",
    message: 'Cannot read wait_states of region "dtcm": a list is no table',
  },
  {
    what: "an empty list that should be a table",
    from: "wait_states = { read = 0, write = 0 }",
    to: "wait_states = ‹[]",
    code: "E-BOARD-TYPE",
    message: "a list is no table, needed a table",
  },
  {
    what: "a date that should be a table",
    from: "target_burst_bytes = { c = 8 }",
    to: "target_burst_bytes = ‹2026-11-23",
    code: "E-BOARD-TYPE",
    message: "a date is no table, needed a table",
  },
  {
    what: "a text that should be a list",
    from: 'initiators = ["c", "mdma"]',
    to: 'initiators = ‹"c"',
    code: "E-BOARD-TYPE",
    message: 'Cannot read initiators of region "dtcm": "c" is no list',
  },
  {
    what: "one region where a list of regions is needed",
    from: 'regions = ["itcm", "dtcm"]',
    to: 'regions = ["itcm", ‹3]',
    code: "E-BOARD-TYPE",
    message: 'Cannot read regions[1] of budget "tcm": 3 is a number',
  },
  {
    what: "an unknown core, with the core that was meant",
    from: '"cortex-m7"',
    to: '‹"cortex-m0+"',
    code: "E-BOARD-VALUE",
    message: 'Cannot read core of [cpu]: "cortex-m0+" is unknown',
    length: 12,
  },
  {
    what: "a kind with a typing error",
    from: 'kind = "nvm"',
    to: 'kind = ‹"nvmm"',
    code: "E-BOARD-VALUE",
    message:
      'Cannot read kind of region "flash": "nvmm" is unknown, needed one of "ram", "nvm", "rom"',
    hint: 'Did you mean "nvm"?',
  },
  {
    what: "an access that is not rwx",
    from: 'access = "rx"',
    to: 'access = ‹"xr"',
    code: "E-BOARD-VALUE",
    message: '"xr" is no access, needed one of r, rw, rx, rwx, x',
  },
  {
    what: "a negative number of wait states",
    from: "read = 0",
    to: "read = ‹-1",
    code: "E-BOARD-VALUE",
    message: 'Cannot read wait_states.read of region "dtcm": -1 is out of range',
  },
  {
    what: "a size in KB, with the reason",
    from: '"128 KiB"',
    to: '‹"128 KB"',
    code: "E-BOARD-UNIT",
    message: 'Cannot read length of region "dtcm": "128 KB" has no known unit',
    hint: 'KB means 1000s to some readers and 1024s to others: write "128 KiB" for 1024s.',
  },
  {
    what: "a size in another unit",
    from: '"128 KiB"',
    to: '‹"128 pages"',
    code: "E-BOARD-UNIT",
    message: '"128 pages" has no known unit',
    hint: "The units are B, KiB, MiB and GiB, or K, M and G for short.",
  },
  {
    what: "a size that is not whole bytes",
    from: '"128 KiB"',
    to: '‹"0.3 KiB"',
    code: "E-BOARD-UNIT",
    message: '"0.3 KiB" is no whole size',
  },
  {
    what: "a clock without a unit",
    from: 'clock = "216 MHz"',
    to: 'clock = ‹"216"',
    code: "E-BOARD-UNIT",
    message:
      'Cannot read clock of [cpu]: "216" has no known unit, needed a clock such as "216 MHz"',
    hint: "The units are Hz, kHz, MHz and GHz.",
  },
  {
    what: "a length of zero",
    from: "length = 65536",
    to: "length = ‹0",
    code: "E-BOARD-ZERO",
    message: 'Cannot read length of region "itcm": it is zero',
    hint: "Leave out what the board does not have.",
  },
  {
    what: "a clock of zero",
    from: 'clock = "216 MHz"',
    to: "clock = ‹0",
    code: "E-BOARD-ZERO",
    message: "Cannot read clock of [cpu]",
  },
  {
    what: "an address above 32 bits",
    from: DTCM_ORIGIN,
    to: "origin = ‹0x1_2000_0000",
    code: "E-BOARD-RANGE",
    message: "4831838208 is no 32-bit address",
  },
  {
    what: "a range that ends past 2^32",
    from: DTCM_ORIGIN + '\nlength = "128 KiB"',
    to: 'origin = 0xFFFF_0000\nlength = ‹"128 KiB"',
    code: "E-BOARD-RANGE",
    message:
      'Cannot map region "dtcm": [0xffff_0000, 0x1_0001_0000) ends past 2^32, needed a length ' +
      "of at most 65536 B (64 KiB)",
  },
  {
    what: "two regions that overlap by one byte",
    from: "origin = 0x0000_0000",
    to: "origin = ‹0x2001_FFFF",
    code: "E-BOARD-OVERLAP",
    message: 'Cannot map region "itcm": [0x2001_ffff, 0x2002_ffff) overlaps region "dtcm" ' +
      "[0x2000_0000, 0x2002_0000), needed ranges that share no byte",
    hint: "If both are the same memory, make one of them an [[alias]] at its own address.",
  },
  {
    what: "an alias that overlaps a region",
    from: "origin = 0x0020_0000",
    to: "origin = ‹0x2000_0000",
    code: "E-BOARD-OVERLAP",
    message: 'Cannot map alias "flash_itcm": [0x2000_0000, 0x2008_0000) overlaps region "dtcm"',
    hint: "The addresses of an alias are free of regions and of other aliases.",
  },
  {
    what: "a name that is taken",
    from: 'name = "flash_itcm"',
    to: 'name = ‹"dtcm"',
    code: "E-BOARD-NAME",
    message: 'Cannot name alias "dtcm": the name is taken by the region at 0x2000_0000',
  },
  {
    what: "an alias of nothing",
    from: 'of = "flash"',
    to: 'of = ‹"flashh"',
    code: "E-BOARD-ALIAS",
    message: 'Cannot alias "flashh": no region has that name, needed one of dtcm, itcm, flash',
    hint: 'Did you mean "flash"?',
  },
  {
    what: "an alias that is larger than what it shows",
    from: 'length = "512 KiB"',
    to: 'length = ‹"1 MiB"',
    code: "E-BOARD-ALIAS-LENGTH",
    message:
      'Cannot alias 1048576 B (1 MiB) of region "flash" from offset 4096 B (4 KiB): the region ' +
      "has 1048576 B (1 MiB), needed a length of at most 1044480 B (1020 KiB)",
  },
  {
    what: "an alias that starts after the end of what it shows",
    from: 'length = "512 KiB"\noffset = 0x1000',
    to: 'length = ‹"512 KiB"\noffset = 0x10_0000',
    code: "E-BOARD-ALIAS-LENGTH",
    message: "needed an offset inside the region",
  },
  {
    what: "a reserved range outside its region",
    from: "reserved = [{ origin = 0x0800_0000",
    to: "reserved = [{ origin = ‹0x07FF_FFFF",
    code: "E-BOARD-RESERVED",
    message: 'Cannot reserve [0x07ff_ffff, 0x0800_00ff) for boot: it is not inside region "flash"',
    hint: "The origin of a reserved range is an absolute address.",
  },
  {
    what: "a budget of an unknown region",
    from: 'regions = ["itcm", "dtcm"]',
    to: 'regions = ["itcm", ‹"dtcmm"]',
    code: "E-BOARD-BUDGET",
    message: 'Cannot count "dtcmm" in budget "tcm": no region has that name',
    hint: 'Did you mean "dtcm"?',
  },
  {
    what: "a budget that counts a region twice",
    from: 'regions = ["itcm", "dtcm"]',
    to: 'regions = ["itcm", ‹"itcm"]',
    code: "E-BOARD-BUDGET",
    message: 'Cannot count "itcm" in budget "tcm": it is listed twice',
  },
  {
    what: "regions that take more than their budget",
    from: 'length = "192 KiB"',
    to: 'length = ‹"160 KiB"',
    code: "E-BOARD-BUDGET-LENGTH",
    message:
      'Cannot split budget "tcm": its regions itcm, dtcm take 196608 B (192 KiB), needed at most ' +
      "163840 B (160 KiB)",
  },
  {
    what: "a region that is not whole granules of its budget",
    from: "length = 65536",
    to: "length = ‹65535",
    code: "E-BOARD-BUDGET-GRANULE",
    message: 'Cannot split region "itcm": 65535 B (64.00 KiB) is not whole granules',
  },
  {
    what: "a budget that is not whole granules",
    from: 'length = "192 KiB"',
    to: 'length = ‹"193 KiB"',
    code: "E-BOARD-BUDGET-GRANULE",
    message: 'Cannot split budget "tcm"',
  },
  {
    what: "a vector table outside all regions",
    from: "vector_table = 0x0800_0100",
    to: "vector_table = ‹0x4000_0000",
    code: "E-BOARD-VECTORS",
    message:
      "Cannot start from vector table 0x4000_0000: it is in no region, needed an address in " +
      'non-volatile memory: "flash" [0x0800_0000, 0x0810_0000)',
  },
  {
    what: "a vector table in RAM",
    from: "vector_table = 0x0800_0100",
    to: "vector_table = ‹0x2000_0000",
    code: "E-BOARD-VECTORS",
    message: 'it is in RAM, "dtcm"',
  },
  {
    what: "a vector table in a reserved range",
    from: "vector_table = 0x0800_0100",
    to: "vector_table = ‹0x0800_0080",
    code: "E-BOARD-VECTORS",
    message: "[0x0800_0000, 0x0800_0100) is reserved for boot",
  },
  {
    what: "a vector table that is not aligned",
    from: "vector_table = 0x0800_0100",
    to: "vector_table = ‹0x0800_0104",
    code: "E-BOARD-VECTORS",
    message: "the address is not aligned, needed a multiple of 128 B",
  },
  {
    what: "an FPU that the core cannot have",
    from: 'fpu = "fpv5-d16"',
    to: 'fpu = ‹"fpv4-sp-d16"',
    code: "E-BOARD-FPU",
    message:
      "Cannot build a cortex-m7 with fpv4-sp-d16: there is no such core, needed one of none, " +
      "fpv5-sp-d16, fpv5-d16",
  },
  {
    what: "a Cortex-M0+ with an FPU",
    from:
      'core = "cortex-m7"\nfpu = "fpv5-d16"\nclock = "216 MHz"\nicache = { size = "16 KiB", ways = 2, line = 32 }',
    to: 'core = "cortex-m0plus"\nfpu = ‹"fpv5-d16"\nclock = "216 MHz"',
    code: "E-BOARD-FPU",
    message:
      "Cannot build a cortex-m0plus with fpv5-d16: there is no such core, needed one of none",
  },
  {
    what: "more MPU regions than the core can have",
    from: 'clock = "216 MHz"\n',
    to: 'clock = "216 MHz"\nmpu_regions = ‹12\n',
    code: "E-BOARD-MPU",
    message:
      "Cannot build a cortex-m7 with 12 MPU regions: there is no such core, needed one of 0, 8, 16",
  },
  {
    what: "bit-banding on a core that cannot have it",
    from: 'clock = "216 MHz"\n',
    to: 'clock = "216 MHz"\nbit_band = ‹true\n',
    code: "E-BOARD-BIT-BAND",
    message: "Cannot build a cortex-m7 with bit-banding: only cortex-m3 and cortex-m4 can have it",
  },
  {
    what: "a serial port on top of a region",
    from: "origin = 0x4001_1000",
    to: "origin = ‹0x2000_1000",
    code: "E-BOARD-OVERLAP",
    message: 'Cannot map uart "usart1"',
  },
  {
    what: "a serial port that is not aligned",
    from: "origin = 0x4001_1000",
    to: "origin = ‹0x4001_1002",
    code: "E-BOARD-REGISTER",
    message: 'Cannot map uart "usart1": 0x4001_1002 is not aligned, needed a multiple of 4 B',
  },
  {
    what: "a register outside its peripheral",
    from: "register = 0x04, value",
    to: "register = ‹0x400, value",
    code: "E-BOARD-REGISTER",
    message: 'Cannot find register 0x0000_0400 of peripheral "rcc"',
  },
  {
    what: "bits that end past their word",
    from: "bit = 2, of = 0",
    to: "bit = ‹31, of = 0",
    code: "E-BOARD-REGISTER",
    message: 'Cannot follow 2 bits of peripheral "rcc" from bit 0 at bit 31',
  },
  {
    what: "the choice of the DSP extension on a core where it is not optional",
    from: 'fpu = "fpv5-d16"',
    to: 'fpu = "fpv5-d16"\n‹dsp = true',
    code: "E-BOARD-DSP",
    message:
      "Cannot choose the DSP extension of a cortex-m7: only that of a cortex-m33 is optional",
  },
  {
    what: "an L1 cache on a core that has none",
    from: 'core = "cortex-m7"\nfpu = "fpv5-d16"\nclock = "216 MHz"\nicache',
    to: 'core = "cortex-m4"\nfpu = "none"\nclock = "216 MHz"\n‹icache',
    code: "E-BOARD-CACHE",
    message: "Cannot build a cortex-m4 with icache",
    hint: "A cache in front of one memory is that region's accelerator.",
  },
  {
    what: "a cache that is not whole sets",
    from: 'size = "16 KiB"',
    to: "size = ‹1000",
    code: "E-BOARD-CACHE",
    message:
      "Cannot build icache: 1000 B is not whole sets, needed a multiple of ways × line, 64 B",
  },
  {
    what: "a source that is not listed",
    from: 'source = "ds §1"',
    to: 'source = ‹"dss §1"',
    code: "E-BOARD-SOURCE",
    message: 'Cannot cite "dss §1": "dss" is not among the sources, needed one of rm, ds',
    hint: 'Did you mean "ds"?',
  },
];

Deno.test("parseBoard() reads the sample with its units and defaults", () => {
  const board = parseBoard(SAMPLE, "sample.toml");
  assertEquals(board.file, "sample.toml");
  assertEquals(board.cpu.clockHz, 216_000_000);
  assertEquals(board.cpu.icache, { size: 16384, ways: 2, line: 32 });
  const [dtcm, itcm, flash] = board.regions;
  assertEquals([dtcm?.length, itcm?.length, flash?.length], [131072, 65536, 1048576]);
  assertEquals(dtcm?.waitStates, { read: 0, write: 0 });
  assertEquals(dtcm?.pool.clockFrequencyHz, 216_000_000);
  assertEquals(dtcm?.pool.targetBurstBytes, { c: 8 });
  assertEquals([itcm?.initiators, itcm?.sections, itcm?.reserved], [["c"], [], []]);
  assertEquals(flash?.access, { read: true, write: false, execute: true });
  assertEquals(flash?.reserved, [{ origin: 0x0800_0000, length: 256, purpose: "boot" }]);
  assertEquals(board.aliases[0]?.access, flash?.access);
  assertEquals([board.aliases[0]?.length, board.aliases[0]?.offset], [524288, 4096]);
  assertEquals(board.budgets[0]?.granule, 32768);
});

for (const { what, from, to, code, message, hint, length } of CASES) {
  Deno.test(`parseBoard() refuses ${what}`, () => {
    const marked = edit(from, to);
    const mark = marked.indexOf("‹");
    const text = marked.replace("‹", "");
    const error = assertThrows(() => parseBoard(text, "sample.toml"), InputError);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, message);
    if (hint !== undefined) assertEquals(error.hints[0], hint);
    if (length !== undefined) assertEquals(error.location?.length, length);
    assertEquals(error.location?.file, "sample.toml");
    if (mark < 0) return;
    const before = text.slice(0, mark).split("\n");
    assertEquals(error.location?.line, before.length);
    assertEquals(error.location?.column, (before.at(-1)?.length ?? 0) + 1);
    assertEquals(error.location?.lineText, text.split("\n")[before.length - 1]);
  });
}

Deno.test("parseBoard() points at a table's header for a key that is missing", () => {
  const text = edit('core = "cortex-m7"\n', "");
  const { location } = assertThrows(() => parseBoard(text, "b.toml"), InputError);
  assertEquals([location?.lineText, location?.column, location?.length], ["[cpu]", 2, 3]);
  const region = edit('name = "itcm"\n', "");
  const error = assertThrows(() => parseBoard(region, "b.toml"), InputError);
  assertEquals(error.message.split(":")[0], "Cannot read region 2");
  assertEquals([error.location?.lineText, error.location?.column], ["[[region]]", 3]);
});

Deno.test("parseBoard() reports all errors of a file in the order of its lines", () => {
  const text = edit(DTCM_ORIGIN, "origin = -1").replace('"1 MiB"', '"1 MB"')
    .replace(REGION_2, `[[region]]\nnamee = "itcm"`).replace('kind = "nvm"', 'kind = "flash"');
  const error = assertThrows(() => parseBoard(text, "b.toml"), InputError);
  const errors = error.data?.errors as { code: string; line: number; column: number }[];
  assertEquals(errors.map(({ code, line, column }) => [code, line, column]), [
    ["E-BOARD-RANGE", 21, 10],
    ["E-BOARD-KEY", 31, 1],
    ["E-BOARD-VALUE", 40, 8],
    ["E-BOARD-UNIT", 42, 10],
  ]);
  assertEquals(error.hints.at(-1), "The file has 3 more errors.");
});

Deno.test("parseBoard() gives one error for one misspelt key, not a second for the missing one", () => {
  const error = assertThrows(
    () => parseBoard(edit('length = "128 KiB"', 'lenght = "128 KiB"'), "b.toml"),
    InputError,
  );
  assertEquals((error.data?.errors as unknown[]).length, 1);
});

Deno.test("parseBoard() finds positions through dotted keys and sub-tables", () => {
  const dotted = edit("wait_states = { read = 0, write = 0 }", "wait_states.read = -2");
  const one = assertThrows(() => parseBoard(dotted, "b.toml"), InputError);
  assertEquals([one.location?.line, one.location?.column], [24, 20]);
  const table = edit(
    'reserved = [{ origin = 0x0800_0000, length = "256 B", purpose = "boot" }]\nsource = "rm §3"',
    'source = "rm §3"\n[[region.reserved]]\norigin = 0\nlength = 4\npurpose = "boot"',
  );
  const two = assertThrows(() => parseBoard(table, "b.toml"), InputError);
  assertEquals([two.code, two.location?.lineText], ["E-BOARD-RESERVED", "origin = 0"]);
});

Deno.test("parseBoard() counts lines in files with Windows line ends", () => {
  const text = edit('"128 KiB"', '"128 KB"').replaceAll("\n", "\r\n");
  const { location } = assertThrows(() => parseBoard(text, "b.toml"), InputError);
  assertEquals([location?.line, location?.column], [22, 10]);
  assertEquals(location?.lineText, 'length = "128 KB"');
});

Deno.test("parseBoard() lets regions touch, and end at 2^32", () => {
  const text = edit("origin = 0x0000_0000", "origin = 0xFFFF_0000");
  assertEquals(parseBoard(text, "b.toml").regions[1]?.origin, 0xffff_0000);
  const touching = edit("origin = 0x0000_0000", "origin = 0x2002_0000");
  assertEquals(parseBoard(touching, "b.toml").regions[1]?.origin, 0x2002_0000);
});

Deno.test("parseBoard() accepts a region that the core cannot reach, and a vector table in an alias", () => {
  const dmaOnly = edit('initiators = ["c", "mdma"]', 'initiators = ["mdma"]');
  assertEquals(parseBoard(dmaOnly, "b.toml").regions[0]?.initiators, ["mdma"]);
  const inAlias = edit("vector_table = 0x0800_0100", "vector_table = 0x0020_0000");
  assertEquals(parseBoard(inAlias, "b.toml").vectorTable, 0x0020_0000);
});
