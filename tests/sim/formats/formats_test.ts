import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Chunk,
  createMachine,
  imageFormat,
  imageOf,
  InputError,
  parseElf,
  parseImage,
  parseIntelHex,
  parseSRecords,
  parseUf2,
} from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { EXAMPLE, run, withLinked } from "../link.ts";

const TOOLS = { tools: ["arm-none-eabi-gcc", "arm-none-eabi-objcopy"] };

/** What an image loads, as one map of bytes. */
function content(image: ReturnType<typeof imageOf>): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const { paddr, data } of image.segments.filter(({ type }) => type === 1)) {
    data.forEach((byte, offset) => bytes.set(paddr + offset, byte));
  }
  return bytes;
}

/** UF2 blocks of some chunks, as its description says. */
function uf2(chunks: readonly Chunk[]): Uint8Array {
  const blocks = chunks.flatMap(({ address, data }) =>
    Array.from({ length: Math.ceil(data.length / 256) }, (_, part) => {
      const piece = data.subarray(part * 256, part * 256 + 256);
      const block = new Uint8Array(512);
      const view = new DataView(block.buffer);
      [0x0a324655, 0x9e5d5157, 0x2000, address + part * 256, piece.length].forEach((word, at) =>
        view.setUint32(4 * at, word, true)
      );
      block.set(piece, 32);
      view.setUint32(508, 0x0ab16f30, true);
      return block;
    })
  );
  const file = new Uint8Array(512 * blocks.length);
  blocks.forEach((block, at) => file.set(block, 512 * at));
  return file;
}

need(TOOLS, "Intel HEX, S-record and raw files that objcopy writes run as the ELF does", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const elf = parseElf(bytes, path);
    const board = testBoard();
    const reference = createMachine(board, elf);
    reference.run();
    const out = `${path}.out`;
    for (const format of ["ihex", "srec", "binary"] as const) {
      run("arm-none-eabi-objcopy", ["-O", format, path, out]);
      const file = Deno.readFileSync(out);
      const expected = { ihex: "intel-hex", srec: "s-record", binary: "bin" }[format];
      assertEquals(imageFormat(file), expected);
      const image = parseImage(file, out, format === "binary" ? { loadAddress: 0x0800_0000 } : {});
      assertEquals(content(image), content(elf), format);
      const machine = createMachine(board, image);
      assertEquals(machine.run(), { kind: "exit", code: 64 });
      assertEquals(machine.counts().cycles, reference.counts().cycles);
    }
    const file = uf2(
      elf.segments.filter(({ filesz }) => filesz > 0).map(({ paddr, data }) => ({
        address: paddr,
        data,
      })),
    );
    assertEquals(imageFormat(file), "uf2");
    assertEquals(content(parseImage(file, "a.uf2")), content(elf));
  });
});

Deno.test("imageOf() joins neighbours, refuses overlaps, names symbols", () => {
  const image = imageOf([
    { address: 0x104, data: Uint8Array.of(5) },
    { address: 0x100, data: Uint8Array.of(1, 2, 3, 4) },
    { address: 0x200, data: Uint8Array.of(6) },
  ], { symbols: { main: 0x101, far: 0x4000 } });
  assertEquals(image.segments.map(({ paddr, filesz }) => [paddr, filesz]), [[0x100, 5], [
    0x200,
    1,
  ]]);
  assertEquals([image.symbol("main")?.address, image.symbol("far")?.address], [0x100, 0x4000]);
  const twice = [{ address: 0, data: Uint8Array.of(1, 2) }, { address: 1, data: Uint8Array.of(1) }];
  assertEquals(assertThrows(() => imageOf(twice), InputError, "two contents").code, "E-SIM-IMAGE");
  assertThrows(() => imageOf([]), InputError, "no content");
  const beyond = [{ address: 0xffff_ffff, data: Uint8Array.of(1, 2) }];
  assertThrows(() => imageOf(beyond), InputError, "beyond 32 bits");
});

Deno.test("damaged lines are refused with their place", () => {
  const cases: [string, string, (text: string, file: string) => unknown][] = [
    [":0400000001020304F1\n", "line 1: the checksum is wrong", parseIntelHex],
    ["\n:04000000010203F6\n", "line 2: it has 3 B of data, its length field says 4", parseIntelHex],
    ["hello\n", "needs a colon", parseIntelHex],
    [":0400000001020304F2\n", "the end record is missing", parseIntelHex],
    [":00000006FA\n", "unknown record type 6", parseIntelHex],
    [":00000001FF\n:0400000001020304F2\n", "line 2: content after the end record", parseIntelHex],
    ["S107000001020304F1\n", "the checksum is wrong", parseSRecords],
    ["S10800000102030405E8\nS1", "line 2", parseSRecords],
    ["S4030000FC\n", "a known type", parseSRecords],
  ];
  for (const [text, message, parse] of cases) {
    const error = assertThrows(() => parse(text, "a.hex"), InputError, message);
    assertEquals(error.code.startsWith("E-SIM-"), true);
  }
  assertThrows(() => parseImage(Uint8Array.of(1, 2, 3), "a.bin"), InputError, "where they go");
  const hex = new TextEncoder().encode(":0400000001020304F2\n:00000001FF\n");
  assertThrows(() => parseImage(hex, "a.hex", { loadAddress: 0 }), InputError, "say where they go");
});

Deno.test("arbitrary bytes are refused or read, never anything else", () => {
  const refuses = (parse: () => unknown) => {
    try {
      parse();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  };
  const line = fc.string({ unit: fc.constantFrom(..."0123456789ABCDEF:S\n") });
  fc.assert(fc.property(line, (text) => {
    refuses(() => parseIntelHex(`:${text}`, "a"));
    refuses(() => parseSRecords(`S${text}`, "a"));
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1200 }), (bytes) => {
    refuses(() => parseUf2(bytes, "a"));
    refuses(() => parseImage(bytes, "a", { loadAddress: 0 }));
  }));
});
