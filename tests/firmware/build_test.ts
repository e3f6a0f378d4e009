/**
 * Folders built by real toolchains, judged by binutils.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ToolchainError, UsageError } from "../../src/base/error.ts";
import { loadBoard } from "../../src/board/mod.ts";
import { buildFirmware, findToolchain } from "../../src/firmware/mod.ts";
import type { FirmwareFolder } from "../../src/firmware/types.ts";
import { need } from "../support/need.ts";
import { output, sampleFolder } from "./sample.ts";

async function inTemporaryFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

interface Symbol {
  readonly address: number;
  readonly size: number;
}

/** Symbols by name, as `nm` sees them. */
async function symbolsOf(elf: string): Promise<Map<string, Symbol>> {
  const text = await output("arm-none-eabi-nm", ["-S", elf]);
  return new Map(
    [...text.matchAll(/^([0-9a-f]{8}) (?:([0-9a-f]{8}) )?\w (\S+)$/gm)].map((
      [, address = "", size = "0", name = ""],
    ) => [name, { address: parseInt(address, 16), size: parseInt(size, 16) }]),
  );
}

interface Section {
  readonly size: number;
  readonly vma: number;
  readonly lma: number;
  readonly flags: string;
}

/** Sections by name, as `objdump` sees them. */
async function sectionsOf(elf: string): Promise<Map<string, Section>> {
  const text = await output("arm-none-eabi-objdump", ["-hw", elf]);
  return new Map(
    [...text.matchAll(
      /^ +\d+ (\S+) +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +[0-9a-f]+ +\S+ +(.*)$/gm,
    )]
      .map(([, name = "", size = "", vma = "", lma = "", flags = ""]) => [
        name,
        { size: parseInt(size, 16), vma: parseInt(vma, 16), lma: parseInt(lma, 16), flags },
      ]),
  );
}

const BINUTILS = ["arm-none-eabi-nm", "arm-none-eabi-objdump", "arm-none-eabi-readelf"];
const CASES = [
  ["rp2040", "sram", "sram"],
  ["stm32f407g-disco", "sram1", undefined],
  ["stm32f746g-disco", "itcm", "sram1"],
  ["stm32f746g-disco", "flash_itcm", undefined],
] as const;

for (const kind of ["gcc", "zig"]) {
  for (const [name, codeRegion, constants] of CASES) {
    need(
      { tools: kind === "gcc" ? ["arm-none-eabi-gcc", ...BINUTILS] : BINUTILS },
      `buildFirmware() with ${kind} puts everything where the manifest says: ${name}, code in ` +
        `${codeRegion}, constants in ${constants ?? "flash"}`,
      () =>
        inTemporaryFolder(async (dir) => {
          const { board, folder } = await sampleFolder(name, {
            codeRegion,
            heap: 512,
            ...(constants === undefined ? {} : { constants }),
          });
          const built = await buildFirmware(folder, dir, board, await findToolchain(kind));
          assertEquals(built.warnings, "");

          const windows = new Map(
            [...board.regions, ...board.aliases].map((one) => [one.name, one]),
          );
          const inside = (address: number, size: number, region: string | undefined): boolean => {
            const window = windows.get(region ?? "");
            return window !== undefined && address >= window.origin &&
              address + size <= window.origin + window.length;
          };
          const symbols = await symbolsOf(built.elfPath);
          const sections = await sectionsOf(built.elfPath);
          for (const placement of folder.manifest.placements) {
            const symbol = symbols.get(placement.symbol);
            const section = sections.get(placement.section);
            assert(symbol !== undefined, placement.symbol);
            assert(section !== undefined, placement.section);
            assert(inside(symbol.address, placement.size ?? 0, placement.region), placement.symbol);
            assert(
              symbol.address >= section.vma && symbol.address < section.vma + section.size,
              `${placement.symbol} in ${placement.section}`,
            );
            assertEquals(symbol.address % (placement.alignment ?? 1), 0, placement.symbol);
            if (placement.load_region !== undefined) {
              assert(inside(section.lma, section.size, placement.load_region), placement.section);
            }
            if (placement.pool !== undefined) {
              const pool = folder.manifest.pools.find((one) => one.name === placement.pool);
              assertEquals(symbol.size, placement.size);
              assertEquals(
                symbol.address - (symbols.get(pool?.symbol ?? "")?.address ?? 0),
                placement.offset,
              );
            }
          }
          assertEquals(symbols.get("pinmap_vectors")?.address, board.vectorTable);
          for (const [section, { flags }] of sections) {
            if (/workspace|stack|heap|bss/.test(section)) {
              assert(!flags.includes("CONTENTS"), section);
            }
          }
        }),
    );
  }

  need(
    { tools: kind === "gcc" ? ["arm-none-eabi-gcc", ...BINUTILS] : BINUTILS },
    `kernels built with ${kind} call nothing outside their section and use no floating point`,
    () =>
      inTemporaryFolder(async (dir) => {
        const toolchain = await findToolchain(kind);
        const { KERNELS, KERNEL_HEADERS } = await import("../../src/firmware/kernels.ts");
        const { compileArguments } = await import("../../src/firmware/flags.ts");
        for (const [file, text] of KERNEL_HEADERS) await Deno.writeTextFile(`${dir}/${file}`, text);
        for (const name of ["rp2040", "stm32f407g-disco"]) {
          const board = await loadBoard(name);
          for (const { file, source } of KERNELS.values()) {
            await Deno.writeTextFile(`${dir}/${file}`, source);
            const { code } = await new Deno.Command(toolchain.path, {
              args: [
                ...toolchain.prefix,
                ...compileArguments(board.cpu, toolchain.kind, file, "x.o"),
              ],
              cwd: dir,
              env: { ...toolchain.env },
            }).output();
            assertEquals(code, 0, file);
            assertEquals(await output("arm-none-eabi-nm", ["-u", `${dir}/x.o`]), "", file);
            const listed = await sectionsOf(`${dir}/x.o`);
            for (const [section, { size, flags }] of listed) {
              // LLVM's unwind marks are discarded by the linker script.
              if (!flags.includes("ALLOC") || size === 0 || /^\.ARM\.exidx/.test(section)) continue;
              assert(section.startsWith(".pinmap.code."), `${file}: ${section}`);
            }
            const listing = await output("arm-none-eabi-objdump", ["-d", `${dir}/x.o`]);
            assertEquals(
              /\t(v(ldr|str|mov|ldm|stm|push|pop)\S*)\s/.exec(listing)?.[1],
              undefined,
              file,
            );
          }
        }
      }),
  );

  need(
    { tools: kind === "gcc" ? ["arm-none-eabi-gcc"] : [] },
    `buildFirmware() with ${kind} gives the same bytes in every folder`,
    () =>
      inTemporaryFolder(async (dir) => {
        const { board, folder } = await sampleFolder("stm32f407g-disco");
        const toolchain = await findToolchain(kind);
        const first = await buildFirmware(folder, `${dir}/a`, board, toolchain);
        const second = await buildFirmware(folder, `${dir}/longer/b`, board, toolchain, {
          jobs: 1,
        });
        assertEquals(first.elf, second.elf);
      }),
  );

  need(
    { tools: kind === "gcc" ? ["arm-none-eabi-gcc"] : [] },
    `buildFirmware() with ${kind} says which region overflows and by how much`,
    () =>
      inTemporaryFolder(async (dir) => {
        const { board, folder } = await sampleFolder("stm32f407g-disco");
        const script = folder.files.get("stm32f407g-disco.ld") ?? "";
        const files = new Map(folder.files).set(
          "stm32f407g-disco.ld",
          script.replace(/(ccm .*LENGTH = )0x\w+/, "$10x00000100"),
        );
        const toolchain = await findToolchain(kind);
        const error = await assertRejects(
          () => buildFirmware({ ...folder, files }, dir, board, toolchain),
          ToolchainError,
          "its sections overflow ccm by ",
        ) as ToolchainError;
        assertEquals(error.code, "E-TOOLCHAIN-OVERFLOW");
      }),
  );

  need(
    { tools: kind === "gcc" ? ["arm-none-eabi-gcc"] : [] },
    `buildFirmware() with ${kind} shows the compiler's own message and the command`,
    () =>
      inTemporaryFolder(async (dir) => {
        const { board, folder } = await sampleFolder("stm32f407g-disco");
        const broken: FirmwareFolder = {
          ...folder,
          files: new Map(folder.files).set("copy.c", "int f(void) { return undeclared_name; }\n"),
        };
        const toolchain = await findToolchain(kind);
        const error = await assertRejects(
          () => buildFirmware(broken, dir, board, toolchain),
          ToolchainError,
        ) as ToolchainError;
        assertEquals(error.code, "E-TOOLCHAIN-COMPILE");
        assertStringIncludes(error.message, "copy.c:1:");
        assertStringIncludes(error.message, "undeclared_name");
        assertStringIncludes(error.message, "-c copy.c -o copy.o");
      }),
  );
}

need(
  { tools: ["arm-none-eabi-gcc", "make"] },
  "the folder's Makefile gives the same image as pinmap",
  () =>
    inTemporaryFolder(async (dir) => {
      const { board, folder } = await sampleFolder("stm32f407g-disco");
      const built = await buildFirmware(folder, dir, board, await findToolchain("gcc"));
      await output("make", ["-C", dir, "clean"]);
      await output("make", ["-C", dir, "all"]);
      assertEquals(await Deno.readFile(`${dir}/firmware.elf`), built.elf);
    }),
);

for (
  const [board, fpArch] of [
    ["rp2040", undefined],
    ["stm32f407g-disco", "VFPv4-D16"],
    ["stm32f746g-disco", "FPv5/FP-D16 for ARMv8"],
    ["stm32h743", "FPv5/FP-D16 for ARMv8"],
  ] as const
) {
  for (const kind of ["gcc", "zig"]) {
    need(
      { tools: kind === "gcc" ? ["arm-none-eabi-gcc", ...BINUTILS] : BINUTILS },
      `${kind} builds for the floating-point unit of ${board}`,
      () =>
        inTemporaryFolder(async (dir) => {
          const sample = await sampleFolder(board);
          const toolchain = await findToolchain(kind);
          const built = await buildFirmware(sample.folder, dir, sample.board, toolchain);
          const text = await output("arm-none-eabi-readelf", ["-hA", built.elfPath]);
          assertEquals(/Tag_FP_arch: (.*)/.exec(text)?.[1], fpArch);
          assertStringIncludes(text, fpArch === undefined ? "soft-float ABI" : "hard-float ABI");
        }),
    );
  }
}

Deno.test("findToolchain() says how to get a toolchain that is missing", async () => {
  const error = await assertRejects(
    () => findToolchain("no-such-compiler"),
    ToolchainError,
    '"no-such-compiler" is neither gcc, clang, zig nor a program that can be started',
  ) as ToolchainError;
  assertEquals(error.code, "E-TOOLCHAIN-MISSING");
  assert(error.hints.length > 0);
});

Deno.test("findToolchain() refuses a program that is no compiler", async () => {
  await assertRejects(
    () => findToolchain(Deno.execPath()),
    UsageError,
    "GCC, clang or Zig is needed",
  );
});

need({ tools: ["arm-none-eabi-gcc"] }, "findToolchain() knows a compiler by its path", async () => {
  const { path } = await findToolchain("gcc");
  assertEquals((await findToolchain(path)).kind, "gcc");
});
