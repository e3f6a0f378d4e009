import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  codeImage,
  createMachine,
  loadUnicorn,
  openUnicornJs,
  parseElf,
  PinmapError,
  unicornEngine,
  type UnicornJs,
  type UnicornJsCore,
} from "../../../sim/mod.ts";
import { type LibUnicorn, openLibUnicorn } from "../../../sim/unicorn/libunicorn.ts";
import { findTool, need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { withLinked } from "../link.ts";
import { PROGRAMS } from "./programs.ts";

const library = findTool("libunicorn.so.2");

/**
 * A module of unicorn.js's shape with libunicorn behind it: addresses and values arrive in hooks as BigInt,
 * a hook gets the emulator first and the user's data last, errors are thrown as strings.
 */
class FakeUnicorn implements UnicornJsCore {
  readonly #core: LibUnicorn;
  #code: (...values: never[]) => unknown = () => {};
  #access: (...values: never[]) => unknown = () => {};
  #invalid: (...values: never[]) => unknown = () => {};

  constructor(readonly arch: number, readonly mode: number) {
    assertEquals([arch, mode], [1, 0x30]);
    this.#core = openLibUnicorn({ library });
    this.#core.hook(
      (address, size) => {
        (this.#code as (...values: unknown[]) => void)(this, BigInt(address), size, {});
      },
      (type, address, size, value) => {
        (this.#access as (...values: unknown[]) => void)(
          this,
          type,
          BigInt(address),
          size,
          value,
          {},
        );
      },
      (type, address, size) => {
        const again = (this.#invalid as (...values: unknown[]) => unknown)(
          this,
          type,
          BigInt(address),
          size,
          0n,
          {},
        );
        assertEquals(again, false);
      },
    );
  }

  mem_map(address: number, size: number, rights: number): void {
    this.#core.map(address, size, rights);
  }

  mem_write(address: number, bytes: Uint8Array): void {
    this.#core.write(address, bytes);
  }

  ctl_remove_cache(address: bigint, end: bigint): void {
    assertEquals(typeof address, "bigint");
    this.#core.forget(Number(address), Number(end - address));
  }

  reg_read_i32(register: number): number {
    return this.#core.readRegister(register);
  }

  reg_write_i32(register: number, value: number): void {
    this.#core.writeRegister(register, value);
  }

  reg_read(register: number, size: number): Uint8Array {
    return this.#core.readBytes(register, size);
  }

  reg_write(register: number, bytes: Uint8Array): void {
    this.#core.writeBytes(register, bytes);
  }

  hook_add(type: number, callback: (...values: never[]) => unknown): unknown {
    if (type === 4) this.#code = callback;
    else if (type === 1024 + 2048) this.#access = callback;
    else if (type === 0x3f0) this.#invalid = callback;
    else throw "Unicorn.js: Unimplemented hook type";
    return {};
  }

  emu_start(begin: number, until: number, timeout: number, count: number): void {
    assertEquals([begin & 1, until, timeout, count], [1, 0xffff_fffe, 0, 0]);
    const code = this.#core.start(begin);
    if (code !== 0) throw `Unicorn.js: Function uc_emu_start failed with code ${code}:\nsomething`;
  }

  emu_stop(): void {
    this.#core.stop();
  }

  close(): void {
    this.#core.close();
  }
}

const FAKE: UnicornJs = {
  ARCH_ARM: 1,
  MODE_THUMB: 16,
  MODE_MCLASS: 32,
  VERSION_MAJOR: 2,
  VERSION_MINOR: 1,
  VERSION_PATCH: 4,
  Unicorn: FakeUnicorn,
};

need(
  { tools: ["arm-none-eabi-gcc", "libunicorn.so.2"] },
  "the provider for unicorn.js does what that for libunicorn does, through the module's shape",
  () => {
    const found = PROGRAMS.find(({ name }) => name === "float, M4");
    assert(found !== undefined);
    const { core, fpu, program } = found;
    withLinked(program, ({ bytes }) => {
      const board = testBoard({ cpu: { core, fpu, clockHz: 16e6, source: "test" } });
      const elf = parseElf(bytes, "program.elf");
      const reference = createMachine(board, elf, { engine: "interpreter" });
      const machine = createMachine(board, elf, {
        engine: unicornEngine(() => openUnicornJs(FAKE)),
      });
      assertEquals(machine.engine.name, "unicorn (unicorn.js 2.1.4)");
      assertEquals(machine.run(), reference.run());
      assertEquals(machine.counts(), reference.counts());
      assertEquals(machine.console(), reference.console());
      assertEquals([...machine.engine.registers], [...reference.engine.registers]);
      machine.reset();
      machine.writeRegister("pc", 0x3000_0000);
      const stop = machine.run();
      assert(stop.kind === "fault" && stop.fault.cause === "unmapped", JSON.stringify(stop));
      machine.engine.close?.();
    });
  },
);

need(
  { tools: ["libunicorn.so.2"] },
  "loadUnicorn() imports a module of unicorn.js's shape where it resolves",
  async () => {
    const name = `pinmap-fake-${crypto.randomUUID()}`;
    (globalThis as Record<string, unknown>)[name] = () => Promise.resolve(FAKE);
    const module = `data:text/javascript,export default globalThis[${JSON.stringify(name)}]`;
    const engine = await loadUnicorn({ source: "unicorn.js", module });
    const board = testBoard();
    const machine = createMachine(board, codeImage(board, [0xe7fe]), { engine });
    assertStringIncludes(machine.engine.name, "unicorn.js");
    machine.engine.close?.();
    delete (globalThis as Record<string, unknown>)[name];
  },
);

Deno.test("loadUnicorn() says how to get either where there is none", async () => {
  const error = await assertRejects(
    () => loadUnicorn({ module: "data:text/javascript,throw 1", library: "/nowhere/lib.so" }),
    PinmapError,
    "Cannot load Unicorn",
  ) as PinmapError;
  assertEquals(error.code, "E-SIM-UNICORN");
  assertStringIncludes(error.message, "libunicorn: ");
  const hints = error.hints.join("\n");
  assertStringIncludes(hints, "npm:@alexaltea/unicorn-js");
  assertStringIncludes(hints, "libunicorn2");
});
