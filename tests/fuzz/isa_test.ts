/**
 * 300,000 random instructions on both engines and libunicorn; `deno task fuzz:isa` runs more. That the
 * fuzzer sees and shrinks differences is shown with an engine that has a defect.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../support/need.ts";
import { describe, fuzz } from "./isa.ts";
import { printCase, readCase } from "./case_text.ts";
import { randomState } from "./random_state.ts";
import { createRandom } from "../sim/cpu/testbench.ts";
import { FIRST, TARGETS } from "./state.ts";
import { Fuzzer } from "./fuzzer.ts";

const NEEDS = { tools: ["libunicorn.so.2"] };
const SEED = Number(Deno.env.get("PINMAP_SEED") ?? 1);
const EACH = 44_000;

/** Calls a function and counts the WebAssembly modules that are compiled meanwhile. */
function countModules<T>(call: () => T): readonly [result: T, modules: number] {
  const original = WebAssembly.Module;
  let modules = 0;
  WebAssembly.Module = class extends original {
    constructor(bytes: BufferSource) {
      super(bytes);
      modules++;
    }
  };
  try {
    return [call(), modules];
  } finally {
    WebAssembly.Module = original;
  }
}

for (const target of TARGETS) {
  need(
    NEEDS,
    `${EACH} random instructions leave the same state as libunicorn, ${target.name}`,
    () => {
      const [{ figures, missing }, modules] = countModules(() => fuzz(target, SEED, EACH));
      assertEquals(figures.findings.length, 0, describe(target, figures, missing));
      assertEquals(figures.faulted, 0);
      assert(modules > figures.programs / 2, `${modules} translations`);
      assert(figures.executed >= EACH, `${figures.executed} executed`);
      // Every line of the table that the target has, but for rare luck.
      assert(missing.length <= 2, missing.join("; "));
    },
  );
}

need(
  NEEDS,
  "a difference is shrunk to the instruction that makes it, and printed so that it runs",
  () => {
    const [, , m4] = TARGETS;
    assert(m4 !== undefined);
    const fuzzer = new Fuzzer(m4);
    const clz = fuzzer.set.lines.find(({ encoding }) => encoding.name === "clz")?.encoding;
    assert(clz !== undefined);
    const { exec } = clz;
    const broken = clz as { exec: typeof exec };
    // A defect of both engines, which only the oracle sees.
    broken.exec = (cpu, op) => {
      exec(cpu, op);
      if (cpu.r[op.d] === 0) cpu.r[op.d] = 4;
    };
    try {
      const { figures } = fuzzer;
      // Inside an IT block an instruction means nothing alone; such a finding keeps its block.
      const alone = () => figures.findings.find(({ instruction }) => instruction !== undefined);
      for (let seed = 1; alone() === undefined && seed < 5000; seed++) fuzzer.run(seed);
      const finding = alone();
      assert(finding !== undefined, "the defect was not found");
      assertEquals(finding.peer, "libunicorn");
      assert(finding.instruction?.startsWith("clz") === true, finding.instruction);
      assertEquals(finding.case.code.length, 4);
      assert(
        finding.differences.every((text) => / 0+4, other 0+$/.test(text)),
        `${finding.differences}`,
      );
      const again = readCase(printCase(finding.case));
      assertEquals(again, { ...finding.case });
      assert(fuzzer.replay(again).length > 0, "the printed case shows nothing");
    } finally {
      broken.exec = exec;
      fuzzer.close();
    }
  },
);

Deno.test("a printed case reads back as it was", () => {
  for (const target of TARGETS) {
    const { before, data } = randomState(target, createRandom(5));
    before[15] = FIRST;
    const one = { target, at: FIRST, code: Uint8Array.of(1, 2, 3, 4), before, data };
    assertEquals(readCase(printCase(one)), one);
  }
});
