/**
 * A rightly linked program with its manifest, and what makes a wrong one of it.
 *
 * @module
 */
import { checkImage } from "../../src/check/mod.ts";
import type { CheckDocument } from "../../src/base/documents.ts";
import type { Board } from "../../src/board/types.ts";
import type { Manifest } from "../../src/firmware/types.ts";
import { parseElf } from "../../sim/elf/mod.ts";
import { testBoard } from "../sim/boards.ts";
import { withLinked } from "../sim/link.ts";

/** A source that uses every kind of placement. */
export const C = `
extern unsigned stack_top;
void Reset_Handler(void);
__attribute__((section(".vectors"), used)) void *const vectors[16] = {&stack_top, Reset_Handler};
__attribute__((section(".weights"), used, aligned(4))) const int weights[16] = {1, 2, 3};
__attribute__((section(".fast"), used, aligned(4))) int fast[16] = {4, 5, 6};
__attribute__((section(".pool"), used, aligned(16))) char pool[256];
__attribute__((used)) int plain[4];
__attribute__((used)) int initialised[4] = {7};
__attribute__((used)) const volatile unsigned count = 0;
__attribute__((section(".kernels"), noinline, used)) int kernel(int x) { return x * 3; }
__attribute__((noinline, used)) void begin(void) { __asm__ volatile(""); }
__attribute__((noinline, used)) void end(void) { __asm__ volatile(""); }
void Reset_Handler(void) {
  begin();
  plain[0] = kernel(weights[0] + fast[0] + initialised[0]);
  end();
  for (;;) {}
}
`;

/** A linker script that puts everything where the manifest wants it. */
export const SCRIPT = `
ENTRY(Reset_Handler)
MEMORY {
  flash : ORIGIN = 0x08000000, LENGTH = 960K
  dtcm : ORIGIN = 0x20000000, LENGTH = 64K
  sram1 : ORIGIN = 0x20010000, LENGTH = 192K
  itcm : ORIGIN = 0x00000000, LENGTH = 16K
}
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > flash
  .text : { *(.text*) *(.rodata*) } > flash
  .weights : { KEEP(*(.weights)) } > flash
  .kernels : { KEEP(*(.kernels)) } > itcm AT> flash
  .fast : { KEEP(*(.fast)) } > dtcm AT> flash
  .data : { *(.data*) } > sram1 AT> flash
  .bss (NOLOAD) : { *(.bss*) } > sram1
  .pool (NOLOAD) : { KEEP(*(.pool)) buffer_in = pool + 64; buffer_out = pool + 128; } > dtcm
  .stack (NOLOAD) : { . = ALIGN(8); stack_bottom = .; . += 1K; stack_top = .; } > dtcm
  /DISCARD/ : { *(.ARM.exidx*) *(.comment) *(.ARM.attributes) }
}
`;

/** What must be where in the right program. */
export const MANIFEST: Manifest = {
  schema: "pinmap/manifest-1",
  board: "test-board",
  module: "default",
  placements: [
    {
      symbol: "vectors",
      kind: "vectors",
      section: ".vectors",
      region: "flash",
      load_region: "flash",
      alignment: 128,
    },
    { symbol: "pool", kind: "workspace-pool", section: ".pool", region: "dtcm", size: 256 },
    {
      symbol: "buffer_in",
      kind: "buffer",
      section: ".pool",
      region: "dtcm",
      pool: "dtcm",
      offset: 64,
      size: 64,
      alignment: 16,
    },
    {
      symbol: "buffer_out",
      kind: "buffer",
      section: ".pool",
      region: "dtcm",
      pool: "dtcm",
      offset: 128,
      size: 10,
      alignment: 16,
    },
    {
      symbol: "weights",
      kind: "constant-pool",
      section: ".weights",
      region: "flash",
      load_region: "flash",
      size: 64,
      alignment: 4,
    },
    {
      symbol: "fast",
      kind: "constant-pool",
      section: ".fast",
      region: "dtcm",
      load_region: "flash",
      size: 64,
      alignment: 4,
    },
    {
      symbol: "kernel",
      kind: "code",
      section: ".kernels",
      region: "itcm",
      load_region: "flash",
    },
    { symbol: "stack_bottom", kind: "stack", section: ".stack", region: "dtcm", alignment: 8 },
    { symbol: "stack_top", kind: "stack", section: ".stack", region: "dtcm", alignment: 8 },
  ],
  pools: [
    {
      name: "dtcm",
      region: "dtcm",
      kind: "workspace",
      section: ".pool",
      symbol: "pool",
      limit_bytes: 256,
      used_bytes: 256,
    },
    {
      name: "flash",
      region: "flash",
      kind: "constant",
      section: ".weights",
      symbol: "weights",
      limit_bytes: 64,
      used_bytes: 64,
    },
  ],
  inputs: [{ name: "image", symbol: "buffer_in", bytes: 64, dtype: "int8", shape: [8, 8] }],
  outputs: [{ name: "digit", symbol: "buffer_out", bytes: 10, dtype: "int8", shape: [10] }],
  stack: { region: "dtcm", size: 1024, bottom_symbol: "stack_bottom", top_symbol: "stack_top" },
  harness: { begin_symbol: "begin", end_symbol: "end", count_symbol: "count" },
};

/** What is different from the right program. Texts are replaced, and must be there. */
export interface Wrong {
  /** In the source. */
  readonly c?: Readonly<Record<string, string>>;
  /** In the linker script. */
  readonly script?: Readonly<Record<string, string>>;
  /** The manifest; `null` for none. */
  readonly manifest?: Manifest | null;
  /** The board. */
  readonly board?: Board;
}

function patched(text: string, changes: Readonly<Record<string, string>> = {}): string {
  return Object.entries(changes).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`nothing to replace: ${from}`);
    return result.replaceAll(from, to);
  }, text);
}

/** Links a program with changes and checks it. */
export function checkWrong(wrong: Wrong = {}): CheckDocument {
  const program = { c: patched(C, wrong.c), script: patched(SCRIPT, wrong.script) };
  return withLinked(program, ({ bytes, path }) => {
    const manifest = wrong.manifest === null ? undefined : wrong.manifest ?? MANIFEST;
    return checkImage(parseElf(bytes, path), wrong.board ?? testBoard(), manifest, "0123");
  });
}
