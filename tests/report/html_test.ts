import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { CheckDocument, PlanDocument, RunDocument } from "../../src/base/documents.ts";
import type { Board } from "../../src/board/types.ts";
import { type Content, escapeHtml, html } from "../../src/report/html/markup.ts";
import { htmlReport, type HtmlReportInput } from "../../src/report/html/mod.ts";
import { BOARD, CHECK, PINNED, PLAN, WRONG } from "./fixtures.ts";
import { FULL } from "./full_page.ts";

const SEED = 20261123;

Deno.test("htmlReport() shows every allocation, region, section, function and note", () => {
  const page = htmlReport({ ...FULL, check: WRONG }).replaceAll("<wbr />", "");
  for (const { name } of PLAN.allocations) assertStringIncludes(page, name);
  for (const { name } of BOARD.regions) assertStringIncludes(page, name);
  for (const { section } of WRONG.placements) assertStringIncludes(page, section);
  for (const { name } of PINNED.functions) assertStringIncludes(page, name);
  for (const note of PINNED.notes) assertStringIncludes(page, note);
  for (const { message } of WRONG.findings) assertStringIncludes(page, message);
  assertStringIncludes(page, PINNED.elf_sha256);
  assertStringIncludes(page, PINNED.timing_model);
});

Deno.test("htmlReport() does not call a region full that others have reserved", () => {
  const [first, ...others] = BOARD.regions;
  assert(first !== undefined);
  const length = 4096;
  const reserved = { origin: 0x3880_0000, length, purpose: "backup domain" };
  const backup = {
    ...first,
    name: "backup",
    origin: reserved.origin,
    length,
    reserved: [reserved],
  };
  const page = htmlReport({ ...FULL, board: { ...BOARD, regions: [backup, first, ...others] } });
  assert(
    /of (\w+) used, the fullest region/.exec(page.replaceAll("<wbr />", ""))?.[1] !== "backup",
  );
  assertStringIncludes(page, "the fullest region");
});

Deno.test("htmlReport() gives the same bytes for the same documents", () => {
  assertEquals(htmlReport(FULL), htmlReport(FULL));
});

Deno.test("htmlReport() loads nothing and runs nothing", () => {
  const page = htmlReport(FULL);
  assert(!/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i.test(page));
  const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]*/g)].map(([address]) => address);
  // Names of XML name spaces are not loaded.
  for (const address of addresses) assertStringIncludes(address, "http://www.w3.org/");
  assertStringIncludes(page, "default-src 'none'");
});

Deno.test("htmlReport() leaves out the sections that it knows nothing of", () => {
  const heads = (input: HtmlReportInput) =>
    [...htmlReport(input).matchAll(/<h2>(.*?)<\/h2>/g)].map(([, head]) => head);
  assertEquals(heads({ title: "t", board: BOARD }), []);
  assertEquals(heads({ title: "t", board: BOARD, plan: PLAN }), [
    "Memory",
    "Lifetimes",
    "Allocations",
  ]);
  assertEquals(heads({ title: "t", board: BOARD, check: CHECK }), ["Memory", "Placement check"]);
  assertEquals(heads({ title: "t", board: BOARD, run: PINNED }), ["Cycles", "Functions", "Notes"]);
});

Deno.test("htmlReport() accepts documents with nothing in them", () => {
  const run: RunDocument = {
    ...PINNED,
    cycles: 0,
    core_cycles: 0,
    instructions: 0,
    regions: [],
    functions: [],
    inferences: [],
    notes: [],
  };
  const plan: PlanDocument = { ...PLAN, pools: [], allocations: [], residents: [] };
  const ghost: PlanDocument = { ...PLAN, allocations: [] };
  const check: CheckDocument = { ...CHECK, placements: [] };
  for (const board of [BOARD, { ...BOARD, regions: [], aliases: [] }]) {
    for (const each of [plan, ghost]) {
      const page = htmlReport({ title: "", board, plan: each, run, check });
      assert(
        !/NaN|Infinity|undefined|\[object/.test(page),
        page.match(/.{40}(NaN|Infinity).{40}/)?.[0],
      );
    }
  }
});

Deno.test("escapeHtml() leaves no way out of content or quoted attributes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      const escaped = escapeHtml(text);
      // deno-lint-ignore no-control-regex
      assert(!/[<>"'\u0000-\u001f\u007f]/.test(escaped));
      assert(!/&(?!(amp|lt|gt|quot|#39);)/.test(escaped));
      assert(escaped.isWellFormed());
    }),
    { seed: SEED, numRuns: 200 },
  );
});

Deno.test("html escapes values, also in lists, but not markup", () => {
  const list: readonly Content[] = ["<a>", html`<b>${"&"}</b>`, false, undefined, 3];
  assertEquals(html`<i>${list}</i>`.markup, "<i>&lt;a&gt;<b>&amp;</b>3</i>");
});

/** The documents with every text replaced. */
function hostile(text: string): HtmlReportInput {
  const board: Board = {
    ...BOARD,
    name: text,
    title: text,
    regions: BOARD.regions.map((region, index) => ({ ...region, name: `${text}${index}` })),
    aliases: BOARD.aliases.map((alias) => ({ ...alias, name: text, of: `${text}4` })),
  };
  const plan: PlanDocument = {
    ...PLAN,
    module: text,
    algorithm: text,
    pools: PLAN.pools.map((pool, index) => ({
      ...pool,
      name: `${text}${index}`,
      region: `${text}${index}`,
    })),
    allocations: PLAN.allocations.map((entry, index) => ({
      ...entry,
      name: `${text}${index}`,
      pool: `${text}${index % 3}`,
      candidates: [text],
      spilled: true,
    })),
  };
  const run: RunDocument = {
    ...PINNED,
    engine: text,
    timing_model: text,
    elf_sha256: text,
    exit: { reason: "fault", code: 1, message: text },
    regions: PINNED.regions.map((region, index) => ({ ...region, name: `${text}${index}` })),
    functions: PINNED.functions.map((entry) => ({ ...entry, name: text })),
    notes: [text],
  };
  const check: CheckDocument = {
    ...WRONG,
    placements: WRONG.placements.map((entry, index) => ({
      ...entry,
      section: `${text}${index}`,
      region: `${text}${index % 5}`,
      expected: text,
    })),
    findings: WRONG.findings.map((finding) => ({
      ...finding,
      code: text,
      message: text,
      symbol: text,
      section: text,
      expected_region: text,
      actual_region: text,
    })),
  };
  const runs = [{ label: text, run }, { label: `${text}2`, run }];
  return { title: text, board, plan, run, check, runs, elf: text };
}

Deno.test("htmlReport() escapes every text of every document", () => {
  const attacks = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></style></svg><script>",
    "]]><!--",
    "&lt;b&gt;&#60;script>",
    "a\u0000b\u001b[31m\u2028\ud800",
    "$& $1 $`",
    "toString __proto__",
  ];
  // A page's tags do not depend on its texts, apart from the places where long names may be broken.
  const tags = (page: string) =>
    [...page.replaceAll("<wbr />", "").matchAll(/<[/!]?[a-zA-Z][^\s>]*/g)].map(([tag]) => tag)
      .filter((tag) => !/^<\/?(text|tspan|g)$/.test(tag));
  const expected = tags(htmlReport(hostile("harmless")));
  for (const attack of attacks) {
    const page = htmlReport(hostile(attack));
    assertEquals(tags(page), expected, `tags differ for ${attack}`);
    assert(page.isWellFormed());
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u0008\u000b-\u001f]/.test(page));
  }
});

Deno.test("htmlReport() takes less than half a second for 400 buffers", () => {
  const allocations = Array.from({ length: 400 }, (_, index) => ({
    name: `buffer_${index}`,
    pool: "dtcm",
    offset: 64 * (index % 100),
    size: 64,
    alignment: 16,
    first_use: Math.floor(index / 100) * 3,
    last_use: Math.floor(index / 100) * 3 + 2,
    candidates: ["dtcm"],
    kind: "workspace" as const,
    spilled: false,
  }));
  htmlReport(FULL);
  const start = performance.now();
  htmlReport({ ...FULL, plan: { ...PLAN, allocations } });
  const took = performance.now() - start;
  // Half a second on an idle machine; the limit allows for a busy one.
  assert(took < 2000, `took ${took} ms`);
});
