/** The defaults that TVM's own tests assert, each fact of the corpus with what holds here. */
import { assertEquals } from "@std/assert";
import { parseModule } from "../../src/ir/mod.ts";
import { parsePoolSpec, plan } from "../../src/plan/mod.ts";
import { need } from "../support/need.ts";
import { board, flash, region } from "./support.ts";

const CASES = "../reference/usmp_cases.json";
const BOARD = board(region("dtcm", 4096), flash(4096));

const ALLOCATES = `
@T.prim_func
def __tvm_main__():
    a = T.allocate([10], "int8", "global")
    b = T.allocate([10], "int8", "global.dtcm", annotations={"pool_offset": 64})
    T.evaluate(T.call_extern("int32", "use", a, b))
`;

function planned() {
  return plan(parseModule(ALLOCATES, "defaults.py", { target: "c" }), BOARD);
}

/** What each fact comes to in pinmap, by the fact's first words. */
const CHECKS: ReadonlyMap<string, () => void> = new Map([
  // -1 is "unrestricted" there; here no size is none given, and the region is the limit.
  ["WorkspacePoolInfo default size_hint_bytes", () => {
    assertEquals(parsePoolSpec("name=dtcm", "workspace").size, undefined);
    assertEquals(planned().pools.find(({ pool }) => pool.name === "dtcm")?.pool.limitBytes, 4096);
  }],
  ["BufferInfo default alignment", () => {
    assertEquals(planned().allocations.map(({ buffer }) => buffer.alignment), [16, 16]);
  }],
  ["PoolAllocation(pool_info, byte_offset=64)", () => {
    const { pool, offset } = planned().allocations[1] ?? {};
    assertEquals([pool, offset], ["dtcm", 64]);
  }],
]);

need(
  { corpus: [CASES] },
  "TVM's defaults of pools, alignments and allocations hold",
  (_, { corpus }) => {
    const { defaults } = JSON.parse(Deno.readTextFileSync(corpus(CASES)));
    const facts: readonly string[] = defaults.facts;
    assertEquals(facts.length, CHECKS.size);
    for (const fact of facts) {
      const [, check] = [...CHECKS].find(([words]) => fact.startsWith(words)) ?? [];
      if (check === undefined) throw new Error(`no check of: ${fact}`);
      check();
    }
  },
);
