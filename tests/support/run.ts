/**
 * `deno task test`: all tests and the examples in the documentation, in parallel, with a JUnit report
 * in build/junit.xml and a closing line `N passed, N failed, N skipped` counted from that report.
 * Arguments go to `deno test` (files, `--filter`).
 *
 * @module
 */
import { ROOT } from "./paths.ts";

const REPORT = "build/junit.xml";

/** Counts of a JUnit report. */
export interface TestCounts {
  /** Test cases that passed. */
  readonly passed: number;
  /** Test cases that failed or had an error. */
  readonly failed: number;
  /** Test cases that were skipped. */
  readonly skipped: number;
}

/** Counts the test cases of a JUnit report by what lies inside each. */
export function countTests(xml: string): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const match of xml.matchAll(/<testcase\b[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const inside = match[1] ?? "";
    if (/<(failure|error)\b/.test(inside)) counts.failed++;
    else if (/<skipped\b/.test(inside)) counts.skipped++;
    else counts.passed++;
  }
  return counts;
}

async function main(args: readonly string[]): Promise<number> {
  await Deno.mkdir(`${ROOT}/build`, { recursive: true });
  await Deno.remove(`${ROOT}/${REPORT}`).catch(() => {});
  const files = args.some((arg) => !arg.startsWith("-"));
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--parallel",
      "--doc",
      `--junit-path=${REPORT}`,
      ...(files ? [] : ["mod.ts", "src", "sim", "tests"]),
      ...args,
    ],
    cwd: ROOT,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const xml = await Deno.readTextFile(`${ROOT}/${REPORT}`).catch(() => "");
  const { passed, failed, skipped } = countTests(xml);
  // A crash outside any test leaves no failed case, yet the run failed.
  const failures = failed === 0 && code !== 0 ? 1 : failed;
  const line = `${passed} passed, ${failures} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
  await Deno.stdout.write(new TextEncoder().encode(`\n${line}\n`));
  return failures > 0 || passed === 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
