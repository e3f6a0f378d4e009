import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError, PinmapError } from "../../src/base/error.ts";
import { checkImage, parseManifest } from "../../src/check/mod.ts";
import { parseElf } from "../../sim/elf/mod.ts";
import { need } from "../support/need.ts";
import { testBoard } from "../sim/boards.ts";
import { withLinked } from "../sim/link.ts";
import { C, MANIFEST, SCRIPT } from "./program.ts";

Deno.test("parseManifest() reads what JSON.stringify() of a manifest wrote", () => {
  assertEquals(parseManifest(JSON.stringify(MANIFEST), "manifest.json"), MANIFEST);
});

Deno.test("parseManifest() names the field that is wrong", () => {
  const refused = (text: string, says: string) => {
    const error = assertThrows(() => parseManifest(text, "manifest.json"), InputError, says);
    assertEquals(error.code, "E-CHECK-MANIFEST");
  };
  refused("{", "it is not JSON");
  refused("null", "manifest.json");
  refused(JSON.stringify({ ...MANIFEST, schema: "pinmap/manifest-9" }), "schema");
  refused(
    JSON.stringify({
      ...MANIFEST,
      pools: MANIFEST.pools.map((pool) => ({ ...pool, limit_bytes: -1 })),
    }),
    "pools.0.limit_bytes",
  );
  refused(JSON.stringify({ ...MANIFEST, stack: undefined }), "stack");
});

/** Every value inside a document, by its path. */
function paths(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return [
    [...path],
    ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key])),
  ];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? [...value] as unknown as Record<number, unknown>
    : { ...value };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

need(
  { tools: ["arm-none-eabi-gcc"] },
  "checkImage() gives findings or parseManifest() an error for any corrupted manifest",
  () => {
    withLinked({ c: C, script: SCRIPT }, ({ bytes, path }) => {
      const elf = parseElf(bytes, path);
      const board = testBoard();
      const names = elf.symbols.map((symbol) => symbol.name).filter((name) => name !== "");
      const junk = fc.oneof(
        fc.constantFrom<unknown>(
          "",
          "dtcm",
          "flash",
          "itcm",
          ".pool",
          "stack",
          "code",
          null,
          [],
          {},
        ),
        { arbitrary: fc.constantFrom(...names), weight: 6 },
        fc.integer(),
        fc.nat(0xffff_ffff),
        fc.double(),
        fc.string(),
      );
      const changes = fc.array(fc.tuple(fc.constantFrom(...paths(MANIFEST)), junk), {
        minLength: 1,
        maxLength: 2,
      });
      let checked = 0;
      fc.assert(
        fc.property(changes, (edits) => {
          const edited = edits.reduce<unknown>(
            (value, [at, by]) => replaced(value, at, by),
            MANIFEST,
          );
          try {
            const manifest = parseManifest(JSON.stringify(edited), "manifest.json");
            const document = checkImage(elf, board, manifest);
            checked++;
            assertEquals(
              document.ok,
              document.findings.every((finding) => finding.severity === "warning"),
            );
            assert(document.findings.every((finding) => finding.message.length > 20));
          } catch (error) {
            if (!(error instanceof PinmapError)) throw error;
          }
        }),
        { seed: 20260104, numRuns: 800 },
      );
      assert(checked > 100, `only ${checked} manifests were read`);
    });
  },
);

need(
  { tools: ["arm-none-eabi-gcc"] },
  "checkImage() never crashes on an ELF with corrupted headers that can be read",
  () => {
    withLinked({ c: C, script: SCRIPT }, ({ bytes, path }) => {
      const table = new DataView(bytes.buffer).getUint32(32, true);
      const at = fc.oneof(fc.nat(51), fc.integer({ min: table, max: bytes.length - 1 }));
      let checked = 0;
      fc.assert(
        fc.property(
          fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 4 }),
          (changes) => {
            const copy = bytes.slice();
            for (const [offset, value] of changes) copy[offset] = value;
            try {
              checkImage(parseElf(copy, path), testBoard(), MANIFEST);
              checked++;
            } catch (error) {
              if (!(error instanceof PinmapError)) throw error;
            }
          },
        ),
        { seed: 20260105, numRuns: 600 },
      );
      assert(checked > 50, `only ${checked} images were read`);
    });
  },
);
