import { assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";
import { EXAMPLE, link, run } from "../sim/link.ts";

const BOARD = ["--board", "stm32f746g-disco", "--format", "json"];

need(
  { tools: ["arm-none-eabi-gcc", "arm-none-eabi-objcopy"] },
  "run takes Intel HEX, and raw bytes with --load-address",
  async () => {
    const { path, remove } = link(EXAMPLE);
    try {
      const elf = JSON.parse((await pinmap(["run", path, ...BOARD])).stdout);
      run("arm-none-eabi-objcopy", ["-O", "ihex", path, `${path}.hex`]);
      run("arm-none-eabi-objcopy", ["-O", "binary", path, `${path}.bin`]);
      const hex = await pinmap(["run", `${path}.hex`, ...BOARD]);
      const address = ["--load-address", "0x0800_0000"];
      const bin = await pinmap(["run", `${path}.bin`, ...address, ...BOARD]);
      for (const { stdout, stderr } of [hex, bin]) {
        assertStringIncludes(stdout, "pinmap/run-1", stderr);
        const { exit, cycles, regions } = JSON.parse(stdout);
        assertEquals([exit, cycles, regions], [elf.exit, elf.cycles, elf.regions]);
      }
      assertEquals(elf.exit, { reason: "exit", code: 64 });
      const wrong = await pinmap(["run", path, ...address, ...BOARD]);
      assertEquals([wrong.code, JSON.parse(wrong.stdout).code], [2, "E-SIM-IMAGE"]);
      const odd = await pinmap(["run", `${path}.bin`, "--load-address", "here", ...BOARD]);
      assertEquals([odd.code, JSON.parse(odd.stdout).code], [2, "E-CLI-VALUE"]);
    } finally {
      remove();
    }
  },
);

need(
  { tools: ["arm-none-eabi-gcc", "libunicorn.so.2"] },
  "run --engine unicorn counts what the interpreter counts and says what it is",
  async () => {
    const { path, remove } = link(EXAMPLE);
    try {
      const runs = await Promise.all(
        ["interpreter", "unicorn"].map((engine) =>
          pinmap(["run", path, "--engine", engine, ...BOARD])
        ),
      );
      const [reference, unicorn] = runs.map(({ stdout }) => JSON.parse(stdout));
      const { engine, timing_model, notes, ...counted } = unicorn;
      assertStringIncludes(engine, "unicorn (libunicorn 2");
      assertStringIncludes(timing_model, "counted from Unicorn's hooks");
      assertStringIncludes(notes.join("\n"), "exceptions are not taken");
      const { engine: _, timing_model: __, notes: ___, ...expected } = reference;
      assertEquals(counted, expected);
    } finally {
      remove();
    }
  },
);

Deno.test("run --engine unicorn without Unicorn is a usage error that says how to get it", async () => {
  const folder = await Deno.makeTempDir();
  // Vector table, `movs r0, #42`, `b .`
  const hex = ":020000040800F2\n:0C00000000100020090000082A20FEE784\n:00000001FF\n";
  await Deno.writeTextFile(`${folder}/a.hex`, hex);
  // Without the permission for foreign functions there is no libunicorn.
  const rights = ["--allow-read", "--allow-env", "--allow-sys", "--no-prompt"];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...rights,
      `${ROOT}/src/cli/main.ts`,
      "run",
      `${folder}/a.hex`,
      "--engine",
      "unicorn",
      ...BOARD,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const error = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([code, error.code], [2, "E-SIM-UNICORN"]);
  assertStringIncludes(error.hints.join("\n"), "apt install libunicorn2");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("run of a file that is neither model nor image says what raw bytes need", async () => {
  const path = await Deno.makeTempFile({ suffix: ".bin" });
  try {
    for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]) {
      await Deno.writeFile(path, bytes);
      const { code, stderr } = await pinmap(["run", path, "--board", "rp2040"]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "E-CLI-IMAGE");
      assertStringIncludes(stderr, "--load-address 0x08000000");
    }
  } finally {
    await Deno.remove(path);
  }
});
