/**
 * The built-in boards against what others say of them: probe-rs's target descriptions, and the memory
 * map of QEMU's machines.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Board,
  formatRange,
  listBoards,
  loadBoard,
  type Region,
  regionAt,
} from "../../src/board/mod.ts";
import { contains } from "../../src/board/range.ts";
import { findTool, need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";

/** A memory as probe-rs has it: name, kind, first address, end. */
type ProbeMemory = readonly [name: string, kind: Region["kind"], start: number, end: number];

interface ProbeChip {
  /** Memories that the board's regions fill exactly. */
  readonly whole: readonly ProbeMemory[];
  /** Memories that are more than the board's regions: maxima of a split, address windows. */
  readonly windows?: readonly ProbeMemory[];
  /** The board's regions that probe-rs does not list. */
  readonly unlisted?: readonly string[];
}

/**
 * `memory_map` of the variants in probe-rs/targets/*.yaml at commit 67993c4b6f3f, by the board's chip.
 * Left out: OTP (STM32F7, STM32F4), the second view of the RP2040's banks at 0x2100_0000.
 */
const PROBE_RS: Readonly<Record<string, ProbeChip>> = {
  // STM32F7_Series.yaml
  STM32F746NG: {
    whole: [
      ["BANK_1", "nvm", 0x0800_0000, 0x0810_0000],
      ["DTCM", "ram", 0x2000_0000, 0x2001_0000],
      ["SRAM", "ram", 0x2001_0000, 0x2005_0000],
    ],
    unlisted: ["itcm"],
  },
  // STM32H7_Series.yaml; the flash's two banks are one region of ours
  STM32H743XI: {
    whole: [
      ["ITCM", "ram", 0x0, 0x1_0000],
      ["BANK_1 and BANK_2", "nvm", 0x0800_0000, 0x0820_0000],
      ["DTCM", "ram", 0x2000_0000, 0x2002_0000],
      ["AXISRAM", "ram", 0x2400_0000, 0x2408_0000],
      ["SRAM1", "ram", 0x3000_0000, 0x3002_0000],
      ["SRAM2", "ram", 0x3002_0000, 0x3004_0000],
      ["SRAM3", "ram", 0x3004_0000, 0x3004_8000],
      ["SRAM4", "ram", 0x3800_0000, 0x3801_0000],
    ],
    unlisted: ["backup_sram"],
  },
  // STM32F4_Series.yaml
  STM32F407VG: {
    whole: [
      ["BANK_1", "nvm", 0x0800_0000, 0x0810_0000],
      ["CCMRAM", "ram", 0x1000_0000, 0x1001_0000],
      ["SRAM", "ram", 0x2000_0000, 0x2001_c000],
      ["SRAM2", "ram", 0x2001_c000, 0x2002_0000],
    ],
  },
  // MIMXRT1060.yaml; DTCM, OCRAM and the second ITCM are what FlexRAM could be at most
  MIMXRT1060: {
    whole: [
      ["ITCM", "ram", 0x0, 0x2_0000],
      ["FlexSPI1", "nvm", 0x6000_0000, 0x6080_0000],
    ],
    windows: [
      ["DTCM", "ram", 0x2000_0000, 0x2008_0000],
      ["OCRAM", "ram", 0x2020_0000, 0x2030_0000],
    ],
  },
  // RP2040.yaml; the flash window holds up to 16 MiB and its aliases
  RP2040: {
    whole: [["Ram", "ram", 0x2000_0000, 0x2004_2000]],
    windows: [["Nvm", "nvm", 0x1000_0000, 0x1800_0000]],
  },
};

function inside([, kind, start, end]: ProbeMemory, region: Region): boolean {
  return region.kind === kind && contains({ origin: start, length: end - start }, region);
}

for (const [chip, { whole, windows = [], unlisted = [] }] of Object.entries(PROBE_RS)) {
  Deno.test(`the board of ${chip} has the memory map of probe-rs`, async () => {
    const board = await boardOfChip(chip);
    for (const region of board.regions) {
      const found = [...whole, ...windows].some((memory) => inside(memory, region));
      assertEquals(found, !unlisted.includes(region.name), region.name);
    }
    for (const memory of whole) {
      const [name, , start, end] = memory;
      const bytes = board.regions.filter((region) => inside(memory, region))
        .reduce((sum, region) => sum + region.length, 0);
      // Regions do not overlap, so filling it means having as many bytes.
      assertEquals(
        bytes,
        end - start,
        `${name} ${formatRange({ origin: start, length: end - start })}`,
      );
    }
  });
}

async function boardOfChip(chip: string): Promise<Board> {
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    if (board.chip === chip) return board;
  }
  throw new Error(`no board has the chip ${chip}`);
}

Deno.test("every built-in board is named like its file and tells editors of its schema", async () => {
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    const text = Deno.readTextFileSync(`${ROOT}/boards/${name}.toml`);
    assertEquals(board.name, name);
    assertEquals(text.split("\n")[0], "#:schema ./board.schema.json");
    assert(
      board.chip === undefined || board.chip in PROBE_RS,
      `${name}: no expectation for its chip`,
    );
  }
});

Deno.test("every built-in board uses all of the documents that it lists", async () => {
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    const cited = [
      board.cpu,
      ...board.regions,
      ...board.aliases,
      ...board.budgets,
      ...(board.uarts ?? []),
      ...(board.peripherals ?? []),
    ].map(({ source }) => source).join(";");
    for (const key of Object.keys(board.sources)) {
      assertMatch(`;${cited}`, new RegExp(`;\\s*${key}\\b`), `${name}: ${key}`);
    }
  }
});

Deno.test("every built-in board offers the core RAM first and keeps code's own RAM for last", async () => {
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    const kinds = board.regions.map(({ kind }) => kind);
    assertEquals(kinds, [...kinds].sort((a, b) => Number(a === "nvm") - Number(b === "nvm")), name);
    const rams = board.regions.filter(({ kind }) => kind === "ram");
    const itcm = rams.findIndex((region) => region.name === "itcm");
    assert(itcm === -1 || itcm === rams.length - 1, name);
    for (const region of board.regions) assert(region.initiators.includes("c"), region.name);
  }
});

Deno.test("stm32f746g-disco has its flash at two addresses through two ports", async () => {
  const board = await loadBoard("stm32f746g-disco");
  const direct = regionAt(board, 0x0800_0000);
  const aliased = regionAt(board, 0x0020_0000);
  assertEquals(direct?.region, aliased?.region);
  assertEquals([direct?.region.port, aliased?.alias?.port], ["axim", "itcm"]);
  assertEquals(direct?.region.waitStates, { read: 7, fetch: 7 });
  assertEquals(board.cpu.clockHz, 216_000_000);
});

Deno.test("stm32h743 keeps DMA1 and DMA2 out of DTCM, and MDMA not", async () => {
  const board = await loadBoard("stm32h743");
  assertEquals(regionAt(board, 0x2000_0000)?.region.initiators, ["c", "mdma"]);
  const axi = regionAt(board, 0x2400_0000)?.region.initiators ?? [];
  assert(axi.includes("dma1") && axi.includes("dma2"));
});

Deno.test("stm32f407g-disco has a CCM that holds no code and that no DMA reaches", async () => {
  const board = await loadBoard("stm32f407g-disco");
  const ccm = regionAt(board, 0x1000_0000)?.region;
  assertEquals(ccm?.access, { read: true, write: true, execute: false });
  assertEquals(ccm?.initiators, ["c"]);
  assertEquals(regionAt(board, 0x0000_0000)?.alias?.of, "flash");
  assertEquals(regionAt(board, board.vectorTable)?.region.waitStates, { read: 5, fetch: 5 });
});

Deno.test("mimxrt1060-evk spends its FlexRAM exactly", async () => {
  const board = await loadBoard("mimxrt1060-evk");
  const [budget] = board.budgets;
  const spent = board.regions.filter(({ name }) => budget?.regions.includes(name))
    .reduce((sum, region) => sum + region.length, 0);
  assertEquals([budget?.length, budget?.granule, spent], [524288, 32768, 524288]);
  assertEquals(board.vectorTable, 0x6000_2000);
});

Deno.test("rp2040 starts after boot2", async () => {
  const board = await loadBoard("rp2040");
  const flash = regionAt(board, board.vectorTable)?.region;
  assertEquals(flash?.reserved, [{ origin: 0x1000_0000, length: 256, purpose: "boot2" }]);
  assertEquals(board.vectorTable, 0x1000_0100);
  assertEquals(board.cpu.fpu, "none");
});

/** RAM ranges of `info mtree -f`, by QEMU's name. */
async function qemuMemories(
  machine: string,
): Promise<{ name: string; start: number; end: number }[]> {
  const child = new Deno.Command("qemu-system-arm", {
    args: ["-M", machine, "-display", "none", "-S", "-monitor", "stdio", "-serial", "none"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("info mtree -f\nquit\n"));
  await writer.close();
  const { stdout } = await child.output();
  const lines = new TextDecoder().decode(stdout)
    .matchAll(/^\s*([0-9a-f]{16})-([0-9a-f]{16}) \(prio \d+, (?:ram|romd)\): ([\w.-]+)/gm);
  return [...lines].map(([, start = "", end = "", name = ""]) => (
    { name, start: parseInt(start, 16), end: parseInt(end, 16) + 1 }
  ));
}

for (const machine of ["mps2-an385", "mps2-an386", "mps2-an500", "microbit"]) {
  need({ tools: ["qemu-system-arm"] }, `${machine} has QEMU's memory map`, async () => {
    const board = await loadBoard(machine);
    const memories = await qemuMemories(machine);
    assert(memories.length > 0);
    for (const window of [...board.regions, ...board.aliases]) {
      const found = memories.find(({ start }) => start === window.origin);
      assertEquals(found === undefined ? 0 : found.end - found.start, window.length, window.name);
    }
    // Mirrors of the block RAM are the only memory that the board leaves out.
    for (const { name, start, end } of memories) {
      const known = regionAt(board, start, end - start) !== undefined;
      assertEquals(known || (name === "mps.blockram" && start > 0x0100_0000), true, name);
    }
    const mirror = board.aliases.find(({ name }) => name === "ssram23_mirror");
    const shown = memories.find(({ start }) => start === mirror?.origin);
    assertEquals(shown?.name, mirror === undefined ? undefined : "mps.ssram23");
  });
}

need({ tools: ["qemu-system-arm"] }, "mps2-an505 has QEMU's memories", async () => {
  const board = await loadBoard("mps2-an505");
  const memories = await qemuMemories("mps2-an505");
  const lengthOf = (pattern: RegExp): number => {
    const sizes = new Map(
      memories.filter(({ name }) => pattern.test(name)).map((memory) => [
        memory.name,
        memory.end - memory.start,
      ]),
    );
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  };
  // Behind the protection controllers, each memory is an address space that starts at 0.
  const lengths = [/^armsse\.sram/, /^ssram-1$/, /^ssram-2$/, /^mps\.ram$/, /^ssram-0$/].map(
    lengthOf,
  );
  assertEquals(board.regions.map(({ length }) => length), lengths);
});

for (const machine of ["mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "microbit"]) {
  need(
    { tools: ["qemu-system-arm", "arm-none-eabi-gcc"] },
    `${machine} starts from the board's vector table in QEMU, with RAM where the board says`,
    async () => {
      const board = await loadBoard(machine);
      const rams = board.regions.filter(({ kind }) => kind === "ram");
      const [ram] = rams;
      assert(ram !== undefined && findTool("arm-none-eabi-gcc") !== undefined);
      const folder = await Deno.makeTempDir();
      try {
        // Writes the last word of each RAM, reads it back, and exits 0 by semihosting.
        await Deno.writeTextFile(
          `${folder}/start.S`,
          `.syntax unified
.thumb
.section .vectors, "a"
.word ${ram.origin + ram.length - 16}
.word start + 1
.text
.thumb_func
start:
  ldr r5, =0x600d600d
  ldr r1, =0x20023
${
            rams.map(({ origin, length }) =>
              `  ldr r4, =${origin + length - 4}\n  str r5, [r4]\n  ldr r6, [r4]\n` +
              "  cmp r5, r6\n  bne end"
            ).join("\n")
          }
  ldr r1, =0x20026
end:
  movs r0, #0x18
  bkpt 0xab
`,
        );
        await succeed("arm-none-eabi-gcc", [
          `-mcpu=${board.cpu.core}`,
          "-mthumb",
          "-nostdlib",
          `-Wl,--section-start=.vectors=${hex(board.vectorTable)}`,
          `-Wl,-Ttext=${hex(board.vectorTable + 0x400)}`,
          "-Wl,-e,start",
          "-o",
          `${folder}/start.elf`,
          `${folder}/start.S`,
        ]);
        await succeed("qemu-system-arm", [
          ...["-M", machine, "-nographic", "-semihosting-config", "enable=on,target=native"],
          ...["-kernel", `${folder}/start.elf`],
        ]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

/** An address for GNU ld, which reads all as hexadecimal. */
function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

async function succeed(command: string, args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals(code, 0, `${command}: ${new TextDecoder().decode(stderr)}`);
}

Deno.test("pool properties follow from width, clock and wait states of the same region", async () => {
  let described = 0;
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    for (const { pool, width, waitStates } of board.regions) {
      if (pool.readBandwidthBytesPerCycle === undefined) continue;
      described++;
      assertEquals(pool.clockFrequencyHz, board.cpu.clockHz);
      assertEquals(pool.readBandwidthBytesPerCycle, (width ?? 0) / 8);
      assertEquals(pool.writeBandwidthBytesPerCycle, (width ?? 0) / 8);
      assertEquals(pool.readLatencyCycles, waitStates?.read);
      assertEquals(pool.writeLatencyCycles, waitStates?.write);
    }
  }
  assertEquals(described, 6);
});
