import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { rules } from "../../src/check/mod.ts";
import type { Finding } from "../../src/base/documents.ts";
import type { Manifest, ManifestPlacement } from "../../src/firmware/types.ts";
import { need } from "../support/need.ts";
import { alias, region, testBoard } from "../sim/boards.ts";
import { checkWrong, MANIFEST, type Wrong } from "./program.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };

/** A program that is wrong in one way, and all that the check has to say of it. */
interface Case extends Wrong {
  readonly name: string;
  /** Codes of all findings, in order, without repetition. */
  readonly codes: readonly string[];
  /** What the message of the first finding says. */
  readonly says: string;
  /** Fields of the first finding. */
  readonly first?: Partial<Finding>;
}

function placement(symbol: string, fields: Partial<ManifestPlacement>): Manifest {
  return {
    ...MANIFEST,
    placements: MANIFEST.placements.map((one) =>
      one.symbol === symbol ? { ...one, ...fields } : one
    ),
  };
}

const board = testBoard();
const MIRROR = testBoard({
  aliases: [
    ...board.aliases,
    alias({
      name: "dtcm-mirror",
      of: "dtcm",
      origin: 0x6000_0000,
      length: 0x1_0000,
      access: { read: true, write: true, execute: false },
    }),
  ],
});

const CASES: readonly Case[] = [
  {
    name: "a manifest of another board",
    manifest: { ...MANIFEST, board: "stm32h743" },
    codes: ["C-BOARD"],
    says: "the manifest is for board stm32h743, checked is test-board",
  },
  {
    name: "a region that the board does not have",
    manifest: placement("weights", { load_region: "qspi" }),
    codes: ["C-BOARD", "C-LOAD"],
    says: "the manifest names region qspi, which test-board does not have",
  },
  {
    name: "a buffer that an initiator which touches it cannot reach",
    manifest: {
      ...placement("buffer_in", { initiators: ["c", "accel"] }),
      initiators: [{ name: "accel", regions: ["sram1"], functions: ["kernel"] }],
    },
    codes: ["C-REACH"],
    says: "is in dtcm, which accel cannot reach, expected a region that c, accel reach",
    first: { symbol: "buffer_in", actual_region: "dtcm" },
  },
  {
    name: "a symbol that is missing",
    c: { "kernel": "kernel_2" },
    codes: ["C-MISSING"],
    says: "symbol kernel (code) is not in the ELF, expected in itcm [0x0000_0000, 0x0000_4000)",
    first: { symbol: "kernel", expected_region: "itcm", address: null },
  },
  {
    name: "a pool in another region",
    script: { "pool + 128; } > dtcm": "pool + 128; } > sram1" },
    codes: ["C-REGION"],
    says: "workspace-pool pool at 0x2001_0030, 256 B, is in sram1 [0x2001_0000, 0x2004_0000), " +
      "expected dtcm [0x2000_0000, 0x2001_0000)",
    first: { symbol: "pool", section: ".pool", expected_region: "dtcm", actual_region: "sram1" },
  },
  {
    name: "a section named after a region, elsewhere",
    manifest: null,
    c: { '".pool"': '".dtcm.pool"' },
    script: {
      ".pool (NOLOAD) : { KEEP(*(.pool))": ".dtcm.pool (NOLOAD) : { KEEP(*(.dtcm.pool))",
      "pool + 128; } > dtcm": "pool + 128; } > sram1",
    },
    codes: ["C-REGION"],
    says: "section .dtcm.pool at 0x2001_0030, 256 B, is in sram1",
    first: { symbol: null, section: ".dtcm.pool", expected_region: "dtcm" },
  },
  {
    name: "a symbol in another section",
    c: { '".pool"': '".other"' },
    script: { ".pool (NOLOAD) : { KEEP(*(.pool))": ".other (NOLOAD) : { KEEP(*(.other))" },
    codes: ["C-SECTION"],
    says: "workspace-pool pool at 0x2000_0040 is in section .other, expected .pool",
    first: { symbol: "pool", section: ".other" },
  },
  {
    name: "a buffer at another offset",
    script: { "buffer_in = pool + 64": "buffer_in = pool + 80" },
    codes: ["C-OFFSET"],
    says:
      "buffer buffer_in is at 0x2000_0090, expected 0x2000_0080: pool dtcm at 0x2000_0040 plus 64 B",
    first: { symbol: "buffer_in", expected_region: "dtcm" },
  },
  {
    name: "a pool that is smaller than planned",
    c: { "char pool[256]": "char pool[192]" },
    codes: ["C-SIZE"],
    says: "workspace-pool pool at 0x2000_0040 has 192 B, expected 256 B",
  },
  {
    name: "an input that is smaller than its tensor",
    c: {
      "aligned(4))) int fast[16]":
        'aligned(4))) char tensor[8] = {1}; __attribute__((section(".fast"), used, aligned(4))) int fast[16]',
    },
    manifest: {
      ...MANIFEST,
      inputs: MANIFEST.inputs.map((one) => ({ ...one, symbol: "tensor" })),
    },
    codes: ["C-SIZE"],
    says: "has 8 B, tensor image needs 64 B",
  },
  {
    name: "a symbol that is not aligned",
    manifest: placement("weights", { alignment: 4096 }),
    codes: ["C-ALIGN"],
    says: "constant-pool weights is at 0x0800_0078, expected an alignment of 4096 B",
    first: { symbol: "weights" },
  },
  {
    name: "a section at an address that is not aligned",
    script: { ".weights : {": ".weights 0x08001002 : SUBALIGN(2) {" },
    codes: ["C-ALIGN"],
    says: "constant-pool weights is at 0x0800_1002, expected an alignment of 4 B",
  },
  {
    name: "a section in no region",
    script: { ".bss (NOLOAD) : { *(.bss*) } > sram1": ".bss 0x30000000 (NOLOAD) : { *(.bss*) }" },
    codes: ["C-OUTSIDE"],
    says:
      "section .bss at 0x3000_0000, 16 B, is in no region, 268173312 B (255.75 MiB) past the end",
    first: { section: ".bss", address: 0x3000_0000, actual_region: null },
  },
  {
    name: "a section that runs past the end of its region, and what its region can hold",
    c: { "int plain[4]": "int plain[60000]" },
    script: { "LENGTH = 192K": "LENGTH = 1M" },
    codes: ["C-OUTSIDE", "C-BUDGET"],
    says: "too long for sram1 [0x2001_0000, 0x2004_0000)",
    first: { section: ".bss", actual_region: "sram1" },
  },
  {
    name: "a section in a reserved range",
    script: {
      ".weights : { KEEP(*(.weights)) } > flash": ".weights 0x080f0000 : { KEEP(*(.weights)) }",
    },
    codes: ["C-RESERVED"],
    says:
      "section .weights at [0x080f_0000, 0x080f_0040) uses [0x080f_0000, 0x0810_0000) of flash, " +
      "which is reserved for settings",
  },
  {
    name: "a load image in a reserved range",
    script: {
      ".fast : { KEEP(*(.fast)) } > dtcm AT> flash": ".fast : AT(0x080f1000) { *(.fast) } > dtcm",
    },
    codes: ["C-RESERVED"],
    says: "load image of section .fast at [0x080f_1000, 0x080f_1040)",
  },
  {
    name: "two sections at one address",
    script: {
      ".bss (NOLOAD) : {": ".bss 0x20000050 (NOLOAD) : {",
      "*(.bss*) } > sram1": "*(.bss*) }",
    },
    codes: ["C-OVERLAP"],
    says:
      "section .bss at [0x2000_0050, 0x2000_0060) and section .pool at [0x2000_0040, 0x2000_0140) " +
      "share 16 B",
  },
  {
    name: "two load images at one address",
    script: {
      ".fast : { KEEP(*(.fast)) } > dtcm AT> flash": ".fast : AT(0x08002000) { *(.fast) } > dtcm",
      ".kernels : { KEEP(*(.kernels)) } > itcm AT> flash":
        ".kernels : AT(0x08002010) { KEEP(*(.kernels)) } > itcm",
    },
    codes: ["C-OVERLAP"],
    says:
      "load image of section .kernels at [0x0800_2010, 0x0800_2016) and load image of section .fast",
  },
  {
    name: "the same bytes through two addresses",
    board: MIRROR,
    script: { ".bss (NOLOAD) : { *(.bss*) } > sram1": ".bss 0x60000048 (NOLOAD) : { *(.bss*) }" },
    codes: ["C-ALIAS"],
    says:
      "section .bss at [0x6000_0048, 0x6000_0058) (dtcm-mirror) uses the same bytes of dtcm as " +
      "section .pool at [0x2000_0040, 0x2000_0140) (dtcm)",
    first: { section: ".bss", actual_region: "dtcm-mirror" },
  },
  {
    name: "code in memory that cannot be executed",
    manifest: null,
    script: { "} > itcm AT> flash": "} > dtcm AT> flash" },
    codes: ["C-ACCESS"],
    says: "section .kernels at 0x2000_0000, 6 B, holds code, but cannot be executed in dtcm",
  },
  {
    name: "variables in memory that cannot be written",
    script: { ".bss (NOLOAD) : { *(.bss*) } > sram1": ".bss (NOLOAD) : { *(.bss*) } > flash" },
    codes: ["C-ACCESS"],
    says: "holds writable data, but cannot be written in flash [0x0800_0000, 0x0810_0000)",
  },
  {
    name: "data in memory that cannot be read",
    board: testBoard({
      regions: board.regions.map((one) =>
        one.name === "sram1" ? { ...one, access: { ...one.access, read: false } } : one
      ),
    }),
    codes: ["C-ACCESS"],
    says: "holds data, but cannot be read in sram1",
  },
  {
    name: "data that is loaded into RAM",
    script: { "> sram1 AT> flash": "> sram1" },
    codes: ["C-LOAD"],
    says: "load image of section .data at [0x2001_0000, 0x2001_0014) is in sram1 " +
      "[0x2001_0000, 0x2004_0000), expected non-volatile memory: flash [0x0800_0000, 0x0810_0000)",
    first: { section: ".data", actual_region: "sram1" },
  },
  {
    name: "a workspace with content",
    c: { "char pool[256]": "char pool[256] = {1}" },
    script: { ".pool (NOLOAD)": ".pool", "pool + 128; } > dtcm": "pool + 128; } > dtcm AT> flash" },
    codes: ["C-LOAD"],
    says: "workspace pool dtcm (pool) is in section .pool, which has 256 B of content to load, " +
      "expected a NOLOAD section",
  },
  {
    name: "parameters without a load image",
    c: { "int fast[16] = {4, 5, 6}": "int fast[16]" },
    script: {
      ".fast : { KEEP(*(.fast)) } > dtcm AT> flash": ".fast (NOLOAD) : { *(.fast) } > dtcm",
    },
    codes: ["C-LOAD"],
    says: "fast (section .fast) has no content in the ELF, expected a load image in flash",
  },
  {
    name: "parameters that are loaded into another region",
    script: {
      ".fast : { KEEP(*(.fast)) } > dtcm AT> flash": ".fast : { *(.fast) } > dtcm AT> sram1",
    },
    codes: ["C-LOAD"],
    says: "load image of section .fast",
    first: { actual_region: "sram1" },
  },
  {
    name: "content that runs in flash but is loaded elsewhere in flash",
    script: { ".weights : {": ".weights : AT(0x08010000) {" },
    codes: ["C-LOAD"],
    says:
      "section .weights runs at 0x0800_0078 in flash [0x0800_0000, 0x0810_0000), which cannot be " +
      "written, but is loaded to 0x0801_0000",
  },
  {
    name: "content in no segment",
    script: {
      "SECTIONS {": "PHDRS { f PT_LOAD; i PT_LOAD; d PT_LOAD; s PT_LOAD; }\nSECTIONS {",
      "KEEP(*(.vectors)) } > flash": "KEEP(*(.vectors)) } > flash :f",
      "KEEP(*(.weights)) } > flash": "KEEP(*(.weights)) } > flash :NONE",
      "> itcm AT> flash": "> itcm AT> flash :i",
      "> dtcm AT> flash": "> dtcm AT> flash :d",
      "> sram1 AT> flash": "> sram1 AT> flash :s",
      "pool + 128; } > dtcm": "pool + 128; } > dtcm :d",
    },
    codes: ["C-LOAD"],
    says: "section .weights has 64 B of content, but is in no loadable segment",
  },
  {
    name: "a pool beyond its limit",
    manifest: {
      ...MANIFEST,
      pools: MANIFEST.pools.map((pool) =>
        pool.name === "dtcm" ? { ...pool, limit_bytes: 200 } : pool
      ),
    },
    codes: ["C-BUDGET"],
    says: "pool dtcm (pool) has 256 B, its limit is 200 B",
  },
  {
    name: "regions beyond their shared budget",
    board: testBoard({
      budgets: [
        {
          name: "flexram",
          length: 0x8000,
          granule: 0x8000,
          regions: ["dtcm", "itcm"],
          source: "test",
        },
      ],
    }),
    codes: ["C-BUDGET"],
    says: "dtcm 32768 B (32 KiB), itcm 32768 B (32 KiB) (in units of 32768 B (32 KiB)) need " +
      "65536 B (64 KiB) of flexram, which has 32768 B (32 KiB)",
  },
  {
    name: "a vector table in the wrong place",
    script: { ".vectors : {": ".vectors 0x08004000 : {", ".text : {": ".text 0x08005000 : {" },
    codes: ["C-VECTORS"],
    says: "vector table vectors is at 0x0800_4000, the core reads it at 0x0800_0000",
    first: { symbol: "vectors", address: 0x0800_4000 },
  },
  {
    name: "a board that reads its vectors outside memory",
    board: testBoard({ vectorTable: 0x1000_0000 }),
    manifest: null,
    codes: ["C-VECTORS"],
    says: "nothing is loaded at 0x1000_0000 (in no region",
  },
  {
    name: "an initial SP outside RAM",
    manifest: null,
    c: { "{&stack_top, Reset": "{(void *)0x30000000, Reset" },
    codes: ["C-VECTORS"],
    says: "initial SP 0x3000_0000 is in no region",
  },
  {
    name: "an initial SP in flash",
    manifest: null,
    c: { "{&stack_top, Reset": "{(void *)0x08000100, Reset" },
    codes: ["C-VECTORS"],
    says:
      "initial SP 0x0800_0100 is in flash [0x0800_0000, 0x0810_0000), expected the end of writable",
  },
  {
    name: "an initial SP that is not aligned",
    manifest: null,
    c: { "{&stack_top, Reset": "{(void *)0x20000ffc, Reset" },
    codes: ["C-VECTORS"],
    says: "initial SP 0x2000_0ffc is not a multiple of 8 B",
  },
  {
    name: "a reset handler without Thumb bit",
    manifest: null,
    c: { "&stack_top, Reset_Handler}": "&stack_top, (void *)0x08000100}" },
    codes: ["C-VECTORS", "C-ENTRY"],
    says: "reset handler 0x0800_0100 has no Thumb bit",
  },
  {
    name: "a reset handler in RAM",
    manifest: null,
    c: {
      "void Reset_Handler(void);": "void Reset_Handler(void); int kernel(int);",
      "&stack_top, Reset_Handler}": "&stack_top, (void *)kernel}",
    },
    codes: ["C-VECTORS", "C-ENTRY"],
    says:
      "reset handler 0x0000_0000 is in itcm [0x0000_0000, 0x0000_4000), expected executable memory",
  },
  {
    name: "a reset handler where nothing is loaded",
    manifest: null,
    c: { "&stack_top, Reset_Handler}": "&stack_top, (void *)0x08080001}" },
    codes: ["C-VECTORS", "C-ENTRY"],
    says: "nothing is loaded at reset handler 0x0808_0000 in flash",
  },
  {
    name: "an entry point that is not the reset handler",
    script: { "ENTRY(Reset_Handler)": "ENTRY(begin)" },
    codes: ["C-ENTRY"],
    says: "entry point",
    first: { severity: "warning" },
  },
  {
    name: "a stack that is too small",
    script: { ". += 1K": ". += 512" },
    codes: ["C-STACK"],
    says: "has 512 B, expected 1024 B (1 KiB)",
    first: { symbol: "stack_top", expected_region: "dtcm" },
  },
  {
    name: "a stack in another region",
    script: { "stack_top = .; } > dtcm": "stack_top = .; } > sram1" },
    codes: ["C-REGION", "C-STACK"],
    says: "stack stack_bottom at 0x2001_0028, 1 B, is in sram1",
  },
  {
    name: "a stack whose top is below its bottom",
    script: {
      "stack_bottom = .; . += 1K; stack_top = .;": "stack_top = .; . += 1K; stack_bottom = .;",
    },
    codes: ["C-STACK"],
    says: "the stack's top stack_top 0x2000_0140 is not above its bottom stack_bottom 0x2000_0540",
  },
  {
    name: "an SP that does not start at the stack's top",
    c: { "{&stack_top, Reset": "{(void *)0x20001000, Reset" },
    codes: ["C-STACK"],
    says: "initial SP is 0x2000_1000, expected the stack's top stack_top 0x2000_0540",
  },
  {
    name: "a section in the stack",
    script: { ".bss (NOLOAD) : { *(.bss*) } > sram1": ".bss 0x20000200 (NOLOAD) : { *(.bss*) }" },
    codes: ["C-OVERLAP", "C-STACK"],
    says: "share 16 B",
  },
  {
    name: "a variable in the stack",
    script: {
      ".bss (NOLOAD) : { *(.bss*) } > sram1": "",
      "stack_bottom = .; . += 1K": "stack_bottom = .; *(.bss*) . += 1K",
    },
    codes: ["C-STACK"],
    says: "plain at 0x2000_0140, 16 B, lies in the stack [0x2000_0140, 0x2000_0550)",
    first: { symbol: "plain", section: ".stack" },
  },
];

need(GCC, "checkImage() finds nothing in a right program, with its manifest and without", () => {
  for (const manifest of [MANIFEST, null]) {
    const document = checkWrong({ manifest });
    assertEquals(document.findings, []);
    assertEquals(document.ok, true);
    assert(document.placements.every((one) => one.ok));
    assertEquals(document.elf_sha256, "0123");
  }
  const pool = checkWrong().placements.find((one) => one.section === ".pool");
  assertEquals(pool, {
    section: ".pool",
    vma: 0x2000_0040,
    lma: 0x2000_0040,
    size: 256,
    region: "dtcm",
    expected: "dtcm",
    ok: true,
  });
});

for (const wrong of CASES) {
  need(GCC, `checkImage() finds ${wrong.name}: ${wrong.codes.join(", ")}`, () => {
    const document = checkWrong(wrong);
    const codes = [...new Set(document.findings.map((finding) => finding.code))];
    assertEquals(codes, [...wrong.codes], document.findings.map((one) => one.message).join("\n"));
    const [first] = document.findings;
    assert(first !== undefined);
    assertStringIncludes(first.message, wrong.says);
    for (const [field, value] of Object.entries(wrong.first ?? {})) {
      assertEquals(first[field as keyof Finding], value, field);
    }
    assertEquals(document.ok, document.findings.every((one) => one.severity === "warning"));
  });
}

Deno.test("Every rule has a case in which it fires, and no case an unknown rule", () => {
  const fired = new Set(CASES.flatMap((one) => one.codes));
  assertEquals([...rules.keys()].filter((code) => !fired.has(code)), []);
  assertEquals([...fired].filter((code) => !rules.has(code)), []);
});

need(GCC, "checkImage() lets boot code lie in the range that is reserved for it", () => {
  const reserving = (purpose: string) => ({
    board: testBoard({
      regions: [
        ...board.regions.filter((one) => one.name !== "flash"),
        region({
          ...board.regions.find((one) => one.name === "flash"),
          name: "flash",
          origin: 0x0800_0000,
          length: 0x10_0000,
          reserved: [{ origin: 0x0800_2000, length: 256, purpose }],
        }),
      ],
    }),
    manifest: null,
    c: { '".weights"': '".boot2"' },
    script: {
      ".weights : { KEEP(*(.weights)) } > flash": ".boot2 0x08002000 : { KEEP(*(.boot2)) }",
    },
  });
  assertEquals(checkWrong(reserving("boot2")).findings, []);
  assertEquals(checkWrong(reserving("settings")).findings[0]?.code, "C-RESERVED");
});
