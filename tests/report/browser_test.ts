import { assert, assertEquals } from "@std/assert";
import type { RunDocument } from "../../src/base/documents.ts";
import { comparePage, htmlReport, type HtmlReportInput } from "../../src/report/html/mod.ts";
import { need } from "../support/need.ts";
import { BOARD, PINNED, PLAN, UNPINNED, WRONG } from "./fixtures.ts";
import { FULL } from "./full_page.ts";

/** What the browser measured. */
interface Measured {
  readonly page: string;
  readonly width: number;
  readonly overflow: number;
  readonly pictures: number;
  readonly problems: readonly string[];
}

/**
 * Runs in the page, at the given width. Finds pictures without extent, texts outside their picture,
 * texts over one another, and elements whose text is cut.
 */
const MEASURE = `
function measure() {
  const root = document.documentElement;
  const problems = [];
  const svgs = [...document.querySelectorAll("svg")].filter((svg) => svg.checkVisibility());
  for (const svg of svgs) {
    const box = svg.getBoundingClientRect();
    const name = svg.getAttribute("aria-label");
    if (box.width < 100 || box.height < 20) problems.push("no extent: " + name);
    if (!svg.querySelector("path, rect, line")) problems.push("nothing drawn: " + name);
    const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    texts.forEach(([text, a], index) => {
      if (a.left < box.left - 1 || a.right > box.right + 1 || a.top < box.top - 3 || a.bottom > box.bottom + 3) {
        problems.push("outside " + name + ": " + text);
      }
      for (const [other, b] of texts.slice(index + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 3) problems.push("overlap in " + name + ": " + text + " / " + other);
      }
    });
  }
  for (const element of document.querySelectorAll("h1,h2,h3,p,dt,dd,li,.tile,.legend,figure,section,header")) {
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) {
      problems.push("cut: " + element.tagName + " " + element.textContent.trim().slice(0, 40));
    }
  }
  for (const table of document.querySelectorAll("table")) {
    const scroll = table.parentElement;
    if (scroll.scrollWidth > scroll.clientWidth && getComputedStyle(scroll).overflowX !== "auto") problems.push("table cut");
  }
  return { width: innerWidth, overflow: root.scrollWidth - root.clientWidth, pictures: svgs.length, problems };
}
parent.postMessage(JSON.stringify({ page: window.name, ...measure() }), "*");
`;

async function dumpDom(
  page: string,
  extension: "html" | "xhtml",
): Promise<{ readonly dom: string; readonly log: string }> {
  const folder = await Deno.makeTempDir({ prefix: "pinmap-report-" });
  try {
    const file = `${folder}/page.${extension}`;
    await Deno.writeTextFile(file, page);
    const output = await new Deno.Command("chromium", {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        `--user-data-dir=${folder}/profile`,
        "--window-size=1300,1000",
        "--virtual-time-budget=2000",
        "--dump-dom",
        `file://${file}`,
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    const log = text.decode(output.stderr).split("\n").filter((line) => line.includes("CONSOLE"));
    return { dom: text.decode(output.stdout), log: log.join("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Shows pages in frames of several widths, since a browser window has a least width. */
async function measure(
  pages: readonly (readonly [name: string, page: string])[],
  widths: readonly number[],
): Promise<readonly Measured[]> {
  const frames = pages.flatMap(([name, page]) => {
    const measured = page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "")
      .replace("</body>", () => `<script>${MEASURE}</script></body>`);
    const source = measured.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    return widths.map((width) =>
      `<iframe name="${name}" style="border:0;width:${width}px;height:900px" srcdoc="${source}"></iframe>`
    );
  });
  const { dom, log } = await dumpDom(
    `<!DOCTYPE html><meta charset="utf-8"><title>frames</title><script>
const found = [];
addEventListener("message", ({ data }) => {
  found.push(JSON.parse(data));
  document.documentElement.dataset.found = JSON.stringify(found);
});
</script>${frames.join("")}`,
    "html",
  );
  assertEquals(log, "");
  const found = /data-found="([^"]*)"/.exec(dom)?.[1];
  assert(found !== undefined, "the pages did not report their measures");
  return JSON.parse(found.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}

/** The page with names that are much longer than any picture has room for. */
function withLongNames(suffix: string): HtmlReportInput {
  const rename = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
    all.map((each) => ({ ...each, name: `${each.name}${suffix}` }));
  const pools = PLAN.pools.map((pool) => ({
    ...pool,
    name: `${pool.name}${suffix}`,
    region: `${pool.region}${suffix}`,
  }));
  const allocations = rename(PLAN.allocations)
    .map((entry) => ({ ...entry, pool: `${entry.pool}${suffix}` }));
  const long = (run: RunDocument): RunDocument => ({
    ...run,
    timing_model: suffix,
    engine: suffix,
    regions: rename(run.regions),
    functions: rename(run.functions),
    notes: [suffix],
  });
  return {
    title: suffix,
    board: { ...BOARD, title: suffix, regions: rename(BOARD.regions) },
    plan: { ...PLAN, module: suffix, pools, allocations },
    runs: [{ label: `a${suffix}`, run: long(PINNED) }, {
      label: `b${suffix}`,
      run: long(UNPINNED),
    }],
    check: { ...WRONG, findings: WRONG.findings.map((each) => ({ ...each, message: suffix })) },
  };
}

/** Three algorithms, one of which finds no plan. */
function comparison(suffix: string): string {
  const pools = PLAN.pools.map((pool) => ({ ...pool, name: `${pool.name}${suffix}` }));
  const allocations = PLAN.allocations.map((entry) => ({
    ...entry,
    name: `${entry.name}${suffix}`,
    pool: `${entry.pool}${suffix}`,
  }));
  const plan = { ...PLAN, pools, allocations };
  const results = ["greedy_by_size", "portfolio"].map((algorithm) => ({
    algorithm: `${algorithm}${suffix}`,
    status: "feasible" as const,
    milliseconds: 3,
    plan: { ...plan, algorithm: `${algorithm}${suffix}` },
    message: null,
  }));
  const none = {
    algorithm: "exact",
    status: "infeasible" as const,
    milliseconds: 7,
    plan: null,
    message: `Cannot place buffer "b${suffix}": it needs 3 B, the pool has 2 B`,
  };
  return comparePage({
    title: `compared ${suffix}`,
    comparison: {
      schema: "pinmap/compare-1",
      board: BOARD.name,
      module: "spotting",
      results: [...results, none],
    },
  });
}

const COMPARISONS: readonly (readonly [name: string, page: string, pictures: number])[] = [
  ["a comparison", comparison(""), 4],
  ["a comparison of long words", comparison("x".repeat(120)), 4],
];

const PAGES: readonly (readonly [name: string, page: HtmlReportInput, pictures: number])[] = [
  ["a full page", FULL, 5],
  ["a plan alone", { title: "plan", board: BOARD, plan: PLAN }, 4],
  ["a failed check", { title: "check", board: BOARD, check: WRONG, run: PINNED }, 2],
  ["long names", withLongNames("_x".repeat(60)), 5],
  ["long words", withLongNames("x".repeat(120)), 5],
  ["wide characters", withLongNames("記憶領域".repeat(12)), 5],
];

need(
  { tools: ["chromium"] },
  "htmlReport() fits a browser at 360, 400, 760, 800 and 1200 pixels",
  async (t) => {
    const widths = [360, 400, 760, 800, 1200];
    const pages = [
      ...PAGES.map(([name, input]) => [name, htmlReport(input)] as const),
      ...COMPARISONS.map(([name, page]) => [name, page] as const),
    ];
    const found = await measure(pages, widths);
    for (const [name, , pictures] of [...PAGES, ...COMPARISONS]) {
      await t.step(name, () => {
        const ours = found.filter(({ page }) => page === name)
          .toSorted((a, b) => a.width - b.width);
        assertEquals(ours.map(({ width }) => width), widths);
        for (const each of ours) {
          assertEquals(each.problems, [], `at ${each.width} px`);
          assertEquals(each.overflow, 0, `at ${each.width} px`);
          assertEquals(each.pictures, pictures);
        }
      });
    }
  },
);

need(
  { tools: ["chromium"] },
  "htmlReport() is well-formed, and the browser has nothing to say against it",
  async () => {
    const page = htmlReport({ ...FULL, title: "<b>&\"'" });
    for (const extension of ["html", "xhtml"] as const) {
      const { dom, log } = await dumpDom(page, extension);
      assertEquals(log, "");
      assert(!dom.includes("parsererror"), dom.slice(0, 2000));
      assertEquals(dom.split("</svg>").length - 1, 10);
    }
    const { dom } = await dumpDom(page.replace("</section>", "</sectoin>"), "xhtml");
    assert(dom.includes("parsererror"), "the test cannot see malformed pages");
  },
);
