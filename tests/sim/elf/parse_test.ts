import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError, PinmapError } from "../../../src/base/error.ts";
import { functionTable, parseElf, symbolAt } from "../../../sim/elf/mod.ts";
import { need } from "../../support/need.ts";
import { EXAMPLE, run, withLinked } from "../link.ts";

const TOOLS = [
  "arm-none-eabi-gcc",
  "arm-none-eabi-readelf",
  "arm-none-eabi-nm",
  "arm-none-eabi-size",
  "arm-none-eabi-objdump",
];
const hex = (text: string | undefined) => parseInt(text ?? "", 16);

/** Rows of a table in a tool's output. */
function rows(text: string, row: RegExp): RegExpMatchArray[] {
  return text.split("\n").flatMap((line) => {
    const match = line.match(row);
    return match === null ? [] : [match];
  });
}

need({ tools: TOOLS }, "parseElf() gives the sections that readelf gives", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const elf = parseElf(bytes, path);
    const expected = rows(
      run("arm-none-eabi-readelf", ["-W", "-S", path]),
      /^ +\[ *(\d+)\] (\S+) +\S+ +([0-9a-f]{8}) ([0-9a-f]{6}) ([0-9a-f]{6}) \d\d +[WAXMS]* +(\d+) +\d+ +(\d+)$/,
    ).map(([, index, name, addr, offset, size, , align]) => ({
      index: Number(index),
      name,
      addr: hex(addr),
      offset: hex(offset),
      size: hex(size),
      align: Number(align),
    }));
    const actual = elf.sections.slice(1).map(({ index, name, addr, offset, size, align }) => ({
      index,
      name,
      addr,
      offset,
      size,
      align,
    }));
    assert(actual.length > 8);
    assertEquals(actual, expected as typeof actual);
  });
});

need({ tools: TOOLS }, "parseElf() gives the load addresses that objdump gives", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const elf = parseElf(bytes, path);
    const expected = rows(
      run("arm-none-eabi-objdump", ["-h", path]),
      /^ +\d+ (\S+) +([0-9a-f]{8}) +([0-9a-f]{8}) +([0-9a-f]{8}) /,
    ).map(([, name, size, vma, lma]) => [name, hex(size), hex(vma), hex(lma)]);
    const actual = elf.sections.filter((one) => (one.flags & 2) !== 0)
      .map(({ name, size, addr, lma }) => [name, size, addr, lma]);
    assertEquals(actual, expected as typeof actual);
    const data = elf.section(".data");
    assert(data !== undefined && data.lma > 0x0800_0000 && data.addr === 0x2001_0000);
  });
});

need({ tools: TOOLS }, "parseElf() gives the segments that readelf gives", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const text = run("arm-none-eabi-readelf", ["-W", "-h", "-l", path]);
    const expected = rows(
      text,
      /^ +LOAD +0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) ([R ][W ][E ])/,
    ).map(([, offset, vaddr, paddr, filesz, memsz, flags = ""]) => ({
      offset: hex(offset),
      vaddr: hex(vaddr),
      paddr: hex(paddr),
      filesz: hex(filesz),
      memsz: hex(memsz),
      flags: (flags[0] === "R" ? 4 : 0) + (flags[1] === "W" ? 2 : 0) + (flags[2] === "E" ? 1 : 0),
    }));
    const elf = parseElf(bytes, path);
    const actual = elf.segments.map(({ offset, vaddr, paddr, filesz, memsz, flags }) => ({
      offset,
      vaddr,
      paddr,
      filesz,
      memsz,
      flags,
    }));
    assertEquals(actual, expected);
    assertEquals(elf.entry, hex(text.match(/Entry point address: +0x([0-9a-f]+)/)?.[1]));
    assertEquals(elf.flags, hex(text.match(/Flags: +0x([0-9a-f]+)/)?.[1]));
  });
});

need({ tools: TOOLS }, "parseElf() gives the symbols that readelf and nm give", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const elf = parseElf(bytes, path);
    const expected = rows(
      run("arm-none-eabi-readelf", ["-W", "-s", path]),
      /^ +(\d+): ([0-9a-f]{8}) +(\d+) (\S+) +(\S+) +\S+ +(\S+) ?(\S*)$/,
    ).map(([, index, value, size, type = "", bind = "", section, name]) => ({
      index: Number(index),
      value: hex(value),
      size: Number(size),
      type: type.toLowerCase(),
      binding: bind.toLowerCase(),
      section: Number(section) > 0 ? elf.sections[Number(section)]?.name : undefined,
      name,
    }));
    const actual = elf.symbols.map(({ value, size, type, binding, section, name }, index) => ({
      index,
      value,
      size,
      type,
      binding,
      section: section?.name,
      name,
    }));
    assert(actual.length > 30);
    assertEquals(actual, expected as typeof actual);
    for (
      const [, address, name = ""] of rows(run("arm-none-eabi-nm", [path]), /^(\S+) \S (\S+)$/)
    ) {
      if (!name.startsWith("$")) assertEquals(elf.symbol(name)?.address, hex(address), name);
    }
    assertEquals(elf.symbol("sum")?.value, (elf.symbol("sum")?.address ?? 0) + 1);
    assertEquals(elf.symbol("no_such_symbol"), undefined);
    assertEquals(elf.section(".data")?.size, 4);
  });
});

need({ tools: TOOLS }, "parseElf() gives the sizes that size -A gives", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const elf = parseElf(bytes, path);
    const expected = rows(run("arm-none-eabi-size", ["-A", path]), /^(\.\S+) +(\d+) +(\d+)$/)
      .map(([, name, size, address]) => [name, Number(size), Number(address)]);
    const actual = elf.sections.filter((one) => (one.flags & 2) !== 0)
      .map(({ name, size, addr }) => [name, size, addr]);
    assertEquals(actual, expected.slice(0, actual.length) as typeof actual);
  });
});

need({ tools: TOOLS }, "functionTable() and symbolAt() name what holds an address", () => {
  withLinked(EXAMPLE, ({ bytes, path }) => {
    const elf = parseElf(bytes, path);
    const functions = functionTable(elf);
    for (const symbol of elf.symbols.filter((one) => one.type === "func")) {
      for (const address of [symbol.address, symbol.address + symbol.size - 2]) {
        assertEquals(functions.names[functions.at(address)], symbol.name);
      }
    }
    assertEquals(functions.at(0x0800_0000), -1);
    assertEquals(functions.at(0x2000_0000), -1);
    const pool = elf.symbol("pool")?.address ?? 0;
    assertEquals(symbolAt(elf, pool), "pool");
    assertEquals(symbolAt(elf, pool + 64), "pool+0x40");
    assertEquals(symbolAt(elf, 0x4000_0000), undefined);
  });
});

need(
  { tools: TOOLS },
  "functionTable() tells static functions of one name apart by their files",
  () => {
    const same = (value: number) =>
      `__attribute__((noinline, used)) static int same(void) { return ${value}; }`;
    const program = { ...EXAMPLE, more: { "one.c": same(1), "two.c": same(2) } };
    withLinked(program, ({ bytes, path }) => {
      const elf = parseElf(bytes, path);
      const functions = functionTable(elf);
      const places = elf.symbols.filter((symbol) => symbol.name === "same");
      assertEquals(places.map(({ address }) => functions.names[functions.at(address)]), [
        "same (one.c)",
        "same (two.c)",
      ]);
      assert(functions.names.includes("sum") && !functions.names.includes("same"));
    });
  },
);

need({ tools: TOOLS }, "parseElf() refuses other kinds of files by name", () => {
  withLinked(EXAMPLE, ({ bytes }) => {
    const refused = (patch: (copy: Uint8Array) => Uint8Array | void, code: string) => {
      const copy = bytes.slice();
      const error = assertThrows(() => parseElf(patch(copy) ?? copy, "bad.elf"), InputError);
      assertEquals(error.code, code);
    };
    const view = (copy: Uint8Array) => new DataView(copy.buffer);
    refused((copy) => copy.subarray(0, 0), "E-ELF-MAGIC");
    refused((copy) => copy.subarray(0, 40), "E-ELF-TRUNCATED");
    refused((copy) => copy.subarray(0, copy.length - 100), "E-ELF-TRUNCATED");
    refused((copy) => void (copy[0] = 0), "E-ELF-MAGIC");
    refused((copy) => void (copy[4] = 2), "E-ELF-CLASS");
    refused((copy) => void (copy[5] = 2), "E-ELF-ENDIAN");
    refused((copy) => void (copy[6] = 9), "E-ELF-VERSION");
    refused((copy) => void (copy[16] = 1), "E-ELF-TYPE");
    refused((copy) => void (copy[18] = 62), "E-ELF-MACHINE");
    refused((copy) => view(copy).setUint32(28, 0xffff_fff0, true), "E-ELF-TRUNCATED");
    refused((copy) => view(copy).setUint16(42, 8, true), "E-ELF-COUNT");
    refused((copy) => view(copy).setUint16(44, 0xffff, true), "E-ELF-TRUNCATED");
    refused((copy) => view(copy).setUint16(46, 8, true), "E-ELF-COUNT");
    refused((copy) => view(copy).setUint16(48, 0xfeff, true), "E-ELF-TRUNCATED");
    const header = view(bytes.slice()).getUint32(28, true);
    refused((copy) => view(copy).setUint32(header + 4, 0xffff_0000, true), "E-ELF-TRUNCATED");
    refused((copy) => view(copy).setUint32(header + 20, 0, true), "E-ELF-RANGE");
    refused((copy) => view(copy).setUint32(header + 12, 0xffff_fff0, true), "E-ELF-RANGE");
  });
});

need({ tools: TOOLS }, "parseElf() never crashes on corrupted bytes", () => {
  withLinked(EXAMPLE, ({ bytes }) => {
    const sectionTable = new DataView(bytes.buffer).getUint32(32, true);
    const anywhere = fc.nat(bytes.length - 1);
    const inHeaders = fc.oneof(
      fc.nat(200),
      fc.nat(bytes.length - sectionTable - 1).map((offset) => sectionTable + offset),
      anywhere,
    );
    const corruption = fc.array(fc.tuple(inHeaders, fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(corruption, fc.option(anywhere, { nil: bytes.length }), (changes, length) => {
        const copy = bytes.slice();
        for (const [at, value] of changes) copy[at] = value;
        try {
          const elf = parseElf(copy.subarray(0, length), "corrupt.elf");
          functionTable(elf).at(0x0800_0100);
          symbolAt(elf, 0x0800_0100);
        } catch (error) {
          if (!(error instanceof PinmapError)) throw error;
          assert(error.code.startsWith("E-ELF-"), error.code);
        }
      }),
      { seed: 20260101, numRuns: 1500 },
    );
  });
});
