/**
 * Builds a C program with a C library of Debian's for a board, and runs it: here, or in QEMU's machine of
 * the same name.
 *
 * @module
 */
import type { Board, Region } from "../../src/board/types.ts";
import { createMachine, type EngineName, parseElf } from "../../sim/mod.ts";
import { ROOT } from "../support/paths.ts";
import { run } from "../sim/link.ts";

/** A C library. */
export type Library = "newlib" | "newlib-nano" | "picolibc";

/** What a program did. */
export interface Ran {
  /** What it printed. */
  readonly printed: string;
  /** Its exit code. */
  readonly code: number;
}

const FOLDER = `${ROOT}/tests/programs`;
/** Stack of programs that do not ask the host for one, bytes. */
const STACK = 0x1000;
/** More than any of the programs executes. */
const MOST_INSTRUCTIONS = 500_000_000;

/** GCC's flags for the core of a board; the hard ABI where there is an FPU. */
export function machineFlags({ cpu }: Board): string[] {
  const float = cpu.fpu === "none"
    ? ["-mfloat-abi=soft"]
    : ["-mfloat-abi=hard", `-mfpu=${cpu.fpu}`];
  return [`-mcpu=${cpu.core}`, "-mthumb", ...float];
}

function memories(board: Board): readonly [code: Region, ram: Region] {
  const code = board.regions.find(({ kind }) => kind === "nvm");
  // The largest: QEMU tells newlib to have its heap and stack in the one that the data are in.
  const [ram] = board.regions.filter(({ kind, origin }) => kind === "ram" && origin < 0x4000_0000)
    .toSorted((a, b) => b.length - a.length);
  if (code === undefined || ram === undefined) throw new Error(`${board.name} lacks a memory`);
  return [code, ram];
}

/** A linker script for `start.c` and newlib's crt0. */
function linkerScript(board: Board): string {
  const [code, ram] = memories(board);
  return `ENTRY(Reset_Handler)
MEMORY {
  code (rx) : ORIGIN = ${code.origin}, LENGTH = ${code.length}
  ram (rwx) : ORIGIN = ${ram.origin}, LENGTH = ${ram.length}
}
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > code
  .text : {
    *(.text*) KEEP(*(.init)) KEEP(*(.fini)) *(.rodata*) . = ALIGN(4);
    PROVIDE_HIDDEN(__preinit_array_start = .); KEEP(*(.preinit_array)) PROVIDE_HIDDEN(__preinit_array_end = .);
    PROVIDE_HIDDEN(__init_array_start = .); KEEP(*(SORT(.init_array.*))) KEEP(*(.init_array)) PROVIDE_HIDDEN(__init_array_end = .);
    PROVIDE_HIDDEN(__fini_array_start = .); KEEP(*(.fini_array*)) PROVIDE_HIDDEN(__fini_array_end = .);
    . = ALIGN(4);
  } > code
  .ARM.exidx : { PROVIDE_HIDDEN(__exidx_start = .); *(.ARM.exidx*) PROVIDE_HIDDEN(__exidx_end = .); } > code
  .data : { __data_start = .; *(.data*) . = ALIGN(4); __data_end = .; } > ram AT> code
  __data_load = LOADADDR(.data);
  .bss (NOLOAD) : { __bss_start__ = .; *(.bss*) *(COMMON) . = ALIGN(4); __bss_end__ = .; } > ram
  end = .;
  __end__ = .;
  __stack = ORIGIN(ram) + LENGTH(ram);
}
`;
}

/**
 * Builds the programs of this folder.
 *
 * @param board Board
 * @param library C library
 * @param folder Where to build
 * @param sources Sources, of this folder unless the path is absolute
 * @param flags Flags
 * @returns Path of the ELF file
 */
export function build(
  board: Board,
  library: Library,
  folder: string,
  sources: readonly string[],
  flags: readonly string[] = ["-O2"],
): string {
  const elf = `${folder}/${board.name}-${library}.elf`;
  const common = [...machineFlags(board), ...flags, "-ffunction-sections", "-fno-builtin", "-Wall"];
  const objects = sources.map((source) => {
    const object = `${folder}/${board.name}-${library}-${source.replaceAll(/\W/g, "_")}.o`;
    const cpp = source.endsWith(".cpp");
    run(cpp ? "arm-none-eabi-g++" : "arm-none-eabi-gcc", [
      ...common,
      ...(library === "picolibc" ? ["--specs=picolibc.specs"] : []),
      ...(cpp ? ["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-nostdinc++"] : []),
      "-c",
      "-o",
      object,
      source.startsWith("/") ? source : `${FOLDER}/${source}`,
    ]);
    return object;
  });
  const [code, ram] = memories(board);
  const script = `${folder}/${board.name}.ld`;
  Deno.writeTextFileSync(script, linkerScript(board));
  const own = library === "picolibc"
    ? [
      "--specs=picolibc.specs",
      "--oslib=semihost",
      "--crt0=semihost",
      `-Wl,--defsym=__flash=${code.origin}`,
      `-Wl,--defsym=__flash_size=${code.length}`,
      `-Wl,--defsym=__ram=${ram.origin}`,
      `-Wl,--defsym=__ram_size=${ram.length}`,
      `-Wl,--defsym=__stack_size=${STACK}`,
    ]
    : [
      ...(library === "newlib-nano" ? ["--specs=nano.specs", "-u", "_printf_float"] : []),
      "--specs=rdimon.specs",
      ...["-u", "_scanf_float", "-T", script, `${FOLDER}/start.c`],
    ];
  run("arm-none-eabi-gcc", [
    ...common,
    ...own,
    "-Wl,--gc-sections,--no-warn-rwx-segments",
    "-o",
    elf,
    ...objects,
    "-lm",
  ]);
  return elf;
}

/** Runs an image in the emulator. */
export function runHere(board: Board, elf: string, engine: EngineName): Ran & { cycles: number } {
  const machine = createMachine(board, parseElf(Deno.readFileSync(elf), elf), { engine });
  const stop = machine.run({ maxInstructions: MOST_INSTRUCTIONS });
  if (stop.kind !== "exit") throw new Error(`${elf} ended with ${JSON.stringify(stop)}`);
  return { printed: machine.console(), code: stop.code, cycles: machine.counts().cycles };
}

/** Runs an image in QEMU's machine of the board's name. */
export async function runInQemu(board: Board, elf: string): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command("qemu-system-arm", {
    args: [
      ...["-M", board.name, "-display", "none", "-monitor", "none", "-serial", "none"],
      ...["-semihosting-config", "enable=on,target=native", "-kernel", elf],
    ],
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  // SYS_WRITE to the console's handle goes to standard output, SYS_WRITEC to standard error.
  const text = new TextDecoder();
  return { printed: text.decode(stdout) + text.decode(stderr), code };
}
