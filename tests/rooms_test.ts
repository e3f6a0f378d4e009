import { assertEquals } from "@std/assert";
import { ROOT } from "./support/paths.ts";

/** Which rooms a room may import from, as ARCHITECTURE.md says; a room may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/base": [],
  "src/std": [],
  "src/board": ["src/base"],
  "src/ir": ["src/base"],
  "src/import": ["src/base", "src/ir"],
  "src/plan": ["src/base", "src/ir", "src/board"],
  "src/firmware": ["src/base", "src/ir", "src/board", "src/plan"],
  "src/check": ["src/base", "src/board", "src/firmware", "sim"],
  "src/report": ["src/base", "src/board", "src/firmware"],
  "src/simulate": ["src/base", "src/board", "src/plan", "src/firmware", "src/check", "sim"],
  sim: ["src/base", "src/board"],
};

/** Files that may use `Deno.*`, besides src/cli. */
const ADAPTERS = [
  "sim/unicorn/libunicorn.ts",
  "src/board/load.ts",
  "src/firmware/build.ts",
  "src/firmware/process.ts",
  "src/firmware/toolchain.ts",
  "src/firmware/zig.ts",
];

interface Source {
  readonly path: string;
  readonly text: string;
}

async function sources(folder: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const entry of Deno.readDir(`${ROOT}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await sources(path));
    else if (path.endsWith(".ts")) {
      found.push({ path, text: await Deno.readTextFile(`${ROOT}/${path}`) });
    }
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function roomOf(path: string): string {
  return path.startsWith("sim/") ? "sim" : path.split("/").slice(0, 2).join("/");
}

const all = [...await sources("src"), ...await sources("sim")];

Deno.test("rooms import only what ARCHITECTURE.md allows", () => {
  const wrong: string[] = [];
  for (const { path, text } of all) {
    const allowed = MAY_IMPORT[roomOf(path)];
    if (allowed === undefined) continue;
    for (const [, target] of withoutComments(text).matchAll(/from\s+"(\.[^"]+)"/g)) {
      const resolved = new URL(target ?? "", `file:///${path}`).pathname.slice(1);
      const room = roomOf(resolved);
      if (room !== roomOf(path) && !allowed.includes(room)) wrong.push(`${path} -> ${resolved}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("only src/cli and the named adapters touch Deno, the console or the clock", () => {
  const wrong = all
    .filter(({ path }) => !path.startsWith("src/cli/") && !ADAPTERS.includes(path))
    .filter(({ text }) =>
      /\b(Deno\.|console\.|Date\.now|performance\.now|Math\.random)/.test(
        withoutComments(text).replace(/"(?:[^"\\]|\\.)*"/g, '""'),
      )
    )
    .map(({ path }) => path);
  assertEquals(wrong, []);
});

Deno.test("no module needs JSR or a web server", () => {
  const wrong = all
    .filter(({ text }) => /from\s+"(jsr:|https?:)/.test(withoutComments(text)))
    .map(({ path }) => path);
  assertEquals(wrong, []);
});

Deno.test("every npm import goes through the import map", () => {
  const wrong = all
    .filter(({ text }) => /from\s+"npm:/.test(withoutComments(text)))
    .map(({ path }) => path);
  assertEquals(wrong, []);
});

Deno.test("ARCHITECTURE.md names every room", async () => {
  const text = await Deno.readTextFile(`${ROOT}/ARCHITECTURE.md`);
  const rooms = [...Object.keys(MAY_IMPORT), "src/cli", "boards", "examples", "tests"];
  assertEquals(rooms.filter((room) => !text.includes(`\`${room}/\``)), []);
});
