import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CompareDocument } from "../../src/base/documents.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";

/** Largest first needs 260 B for it, the best layout 190 B. */
const PROBLEM = "id,lower,upper,size\nc,0,1,100\na,0,2,90\nx,1,3,70\nb,2,3,80\n";

Deno.test("plan --compare prints each algorithm's peak, bound, gap and status", async () => {
  const folder = await Deno.makeTempDir();
  const csv = `${folder}/p.csv`;
  await Deno.writeTextFile(csv, PROBLEM);
  const flags = ["plan", csv, "--compare", "greedy_by_size,exact"];
  const text = await pinmap([...flags, "--capacity", "300"]);
  assertEquals([text.code, text.stderr], [0, ""]);
  const [head, greedy = "", exact = ""] = text.stdout.split("\n");
  assertEquals(head?.trim().split(/  +/), [
    ...["Algorithm", "Pool", "Peak, of the limit", "Lower bound", "Gap", "Spilled", "Time"],
    "Status",
  ]);
  assertEquals(greedy.split(/  +/).slice(0, 5), [
    ...["greedy_by_size", "memory", "260 B 86.67%", "190 B", "70 B"],
  ]);
  assert(greedy.endsWith("feasible") && exact.endsWith("optimal"), text.stdout);
  // One of them fits: the other is in the table with its reason.
  const html = `${folder}/compare.html`;
  const tight = await pinmap([
    ...[...flags, "--capacity", "200", "--format", "json", "--html", html],
  ]);
  assertEquals([tight.code, tight.stderr.trim()], [0, `Wrote ${html}`]);
  const { schema, board, module, results }: CompareDocument = JSON.parse(tight.stdout);
  assertEquals([schema, board, module], ["pinmap/compare-1", "", "p"]);
  assertEquals(results.map(({ algorithm, status, plan }) => [algorithm, status, plan !== null]), [
    ["greedy_by_size", "infeasible", false],
    ["exact", "optimal", true],
  ]);
  assertStringIncludes(results[0]?.message ?? "", "Cannot place buffer");
  const page = await Deno.readTextFile(html);
  assertStringIncludes(page, "infeasible: Cannot place buffer");
  // None of them fits: that is explained.
  const none = await pinmap([...flags, "--capacity", "180"]);
  assertEquals(none.code, 3);
  assertStringIncludes(none.stderr, "why[P-LIVE]");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("plan --compare of a network heeds limits of those that search, and refuses nonsense", async () => {
  const digits = `${ROOT}/examples/digits/digits.tflite`;
  const flags = ["plan", digits, "--board", "stm32f746g-disco"];
  const both = ["--compare", "greedy_by_size,exact", "--node-limit", "1000", "--format", "json"];
  const { code, stdout, stderr } = await pinmap([...flags, ...both]);
  assertEquals([code, stderr], [0, ""]);
  const { board, results }: CompareDocument = JSON.parse(stdout);
  assertEquals([board, results.length], ["stm32f746g-disco", 2]);
  const cases: readonly (readonly [string[], string])[] = [
    [["--compare", "exact"], "two or more different algorithms"],
    [["--compare", "exact,exact"], "two or more different algorithms"],
    [["--compare", "exact,exakt"], "exakt"],
    [["--compare", "exact,portfolio", "--algorithm", "exact"], "exclude each other"],
    [["--compare", "exact,portfolio", "--emit", "tir"], "exclude each other"],
    [
      ["--compare", "greedy_by_size,greedy_by_conflicts", "--time-limit", "1s"],
      "none of them searches",
    ],
  ];
  for (const [args, words] of cases) {
    const refused = await pinmap([...flags, ...args]);
    assertEquals([refused.code, refused.stdout], [2, ""], refused.stderr);
    assertStringIncludes(refused.stderr, words);
  }
});
