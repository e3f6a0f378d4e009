/**
 * Links small programs with arm-none-eabi-gcc, rightly or wrongly, for tests that read the result.
 *
 * @module
 */

/** What to link. */
export interface Program {
  /** C source. */
  readonly c: string;
  /** More C sources, by file name. */
  readonly more?: Readonly<Record<string, string>> | undefined;
  /** Linker script. */
  readonly script: string;
  /** `-mcpu` and friends; default `-mcpu=cortex-m7`. */
  readonly flags?: readonly string[] | undefined;
  /** Libraries, such as `-lgcc`; default: none. */
  readonly libraries?: readonly string[] | undefined;
}

/** A linked program. */
export interface Linked {
  /** The ELF file. */
  readonly bytes: Uint8Array;
  /** Where it is until `remove` is called. */
  readonly path: string;
  /** Removes its folder. */
  readonly remove: () => void;
}

/** Runs a tool and gives its standard output. */
export function run(tool: string, args: readonly string[]): string {
  const result = new Deno.Command(tool, { args: [...args], env: { LC_ALL: "C" } }).outputSync();
  const text = new TextDecoder();
  if (!result.success) {
    throw new Error(`${tool} ${args.join(" ")} failed:\n${text.decode(result.stderr)}`);
  }
  return text.decode(result.stdout);
}

/** Compiles and links without libraries. */
export function link(program: Program): Linked {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/program.elf`;
  Deno.writeTextFileSync(`${folder}/program.c`, program.c);
  const more = Object.entries(program.more ?? {}).map(([name, text]) => {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  });
  Deno.writeTextFileSync(`${folder}/program.ld`, program.script);
  run("arm-none-eabi-gcc", [
    "-std=c11",
    "-mthumb",
    ...(program.flags ?? ["-mcpu=cortex-m7"]),
    "-O1",
    "-ffreestanding",
    "-nostdlib",
    `-Wl,-T,${folder}/program.ld,--no-check-sections,--no-warn-rwx-segments,--build-id=none`,
    "-o",
    path,
    `${folder}/program.c`,
    ...more,
    ...(program.libraries ?? []),
  ]);
  return {
    bytes: Deno.readFileSync(path),
    path,
    remove: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Links, gives the result to a function, cleans up. */
export function withLinked<T>(program: Program, use: (linked: Linked) => T): T {
  const linked = link(program);
  try {
    return use(linked);
  } finally {
    linked.remove();
  }
}

/** A program with content of every kind: code, constants, data with load image, bss, NOLOAD, constructors. */
export const EXAMPLE: Program = {
  c: `
typedef unsigned int u32;
extern u32 stack_top, data_start, data_end, data_load, bss_start, bss_end;
int counter = 42;
const int table[4] = {1, 2, 3, 4};
static int zeroed[8];
char pool[256] __attribute__((section(".dtcm_pool"), aligned(16)));
static const char hello[] = "hello from the board\\n";
void Reset_Handler(void);
__attribute__((section(".vectors"), used)) void *const vectors[16] = {&stack_top, Reset_Handler};
static int semihost(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}
__attribute__((noinline)) int sum(const int *values, int count) {
  int total = 0;
  for (int i = 0; i < count; i++) total += values[i];
  return total;
}
__attribute__((weak)) int weakling(void) { return 7; }
static void constructor(void) { zeroed[1] = 5; }
__attribute__((section(".init_array"), used)) static void (*const constructors[])(void) = {constructor};
void Reset_Handler(void) {
  for (u32 *from = &data_load, *to = &data_start; to < &data_end;) *to++ = *from++;
  for (u32 *to = &bss_start; to < &bss_end;) *to++ = 0;
  constructors[0]();
  zeroed[0] = sum(table, 4) + counter + weakling() + zeroed[1];
  for (int i = 0; i < 256; i++) pool[i] = (char)i;
  semihost(4, hello);
  struct { u32 reason, code; } exit_block = {0x20026, (u32)zeroed[0]};
  semihost(0x20, &exit_block);
  for (;;) {}
}
`,
  script: `
ENTRY(Reset_Handler)
MEMORY {
  flash (rx) : ORIGIN = 0x08000000, LENGTH = 1M
  dtcm (rw) : ORIGIN = 0x20000000, LENGTH = 64K
  sram1 (rwx) : ORIGIN = 0x20010000, LENGTH = 192K
}
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > flash
  .text : { *(.text*) *(.rodata*) . = ALIGN(4); } > flash
  .init_array : { KEEP(*(.init_array)) } > flash
  .data : { data_start = .; *(.data*) . = ALIGN(4); data_end = .; } > sram1 AT> flash
  data_load = LOADADDR(.data);
  .bss (NOLOAD) : { bss_start = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; } > sram1
  .dtcm_pool (NOLOAD) : { *(.dtcm_pool) } > dtcm
  .stack (NOLOAD) : { . = ALIGN(8); stack_bottom = .; . += 1K; stack_top = .; } > dtcm
  /DISCARD/ : { *(.ARM.exidx*) *(.comment) *(.ARM.attributes) }
}
`,
};
