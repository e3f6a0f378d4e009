import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT } from "../support/paths.ts";

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an example as its reader would, in a folder of its own; throws if it fails. */
async function run(script: string, cwd: string): Promise<Outcome> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/examples/${script}`],
    cwd,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const outcome = { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  if (!success) throw new Error(`${script}\n${outcome.stderr}${outcome.stdout}`);
  return outcome;
}

Deno.test("examples/pin.ts has fewer than 40 lines, uses mod.ts alone and runs", async () => {
  const text = await Deno.readTextFile(`${ROOT}/examples/pin.ts`);
  assert(text.split("\n").length - 1 < 40);
  assertEquals([...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from), ["../mod.ts"]);
  const folder = await Deno.makeTempDir();
  const { stdout } = await run("pin.ts", folder);
  assertMatch(stdout, /^11,22,33,44 in \d+ cycles, [1-9]\d* reads of DTCM\n$/);
  await Deno.remove(folder, { recursive: true });
});

/** Total cycles of a row of the demo's comparison. */
function totals(stdout: string): readonly number[] {
  const line = stdout.split("\n").find((line) => /^\s*total\b/i.test(line)) ?? "";
  return [...line.matchAll(/\d{1,3}(?: \d{3})+/g)].map(([digits]) =>
    Number(digits.replaceAll(" ", ""))
  );
}

Deno.test("the demo reads the digits, proves both placements and saves cycles when pinned", async () => {
  const folder = await Deno.makeTempDir();
  const { stdout } = await run("digits/demo.ts", folder);
  assertStringIncludes(stdout, "The emulated microcontroller read 3.");
  assertStringIncludes(stdout, "Memory, pinned (placement proved from the ELF)");
  assertStringIncludes(stdout, "Memory, unpinned (placement proved from the ELF)");
  const [unpinned = 0, pinned = 0] = totals(stdout);
  assert(pinned > 0 && pinned < unpinned, stdout);
  const page = /Report with pictures: (\S+)/.exec(stdout)?.[1] ?? "";
  const html = await Deno.readTextFile(`${folder}/${page}`);
  assertStringIncludes(html, "Digits on STM32F746G-DISCO");
  assertStringIncludes(html, "<svg");
  await Deno.remove(folder, { recursive: true });
});

/** The toolkit's examples: each says at its end, line by line, what it prints. */
const SIM_EXAMPLES = [...Deno.readDirSync(`${ROOT}/examples/sim`)].map(({ name }) => name).sort();

for (const name of SIM_EXAMPLES) {
  Deno.test(`examples/sim/${name} uses sim/mod.ts alone and prints what it says`, async () => {
    const text = await Deno.readTextFile(`${ROOT}/examples/sim/${name}`);
    const imports = [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from);
    assertEquals(imports, ["../../sim/mod.ts"]);
    const says = [...text.matchAll(/^\/\/ → (.*)$/gm)].map(([, line]) => line);
    assert(says.length > 0);
    const { stdout } = await run(`sim/${name}`, ROOT);
    assertEquals(stdout.trimEnd().split("\n"), says);
  });
}
