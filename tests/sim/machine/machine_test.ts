import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../../src/base/error.ts";
import type { Board } from "../../../src/board/types.ts";
import {
  createMachine,
  type Machine,
  type MachineOptions,
  parseElf,
  runDocument,
  runHarness,
} from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { EXAMPLE, type Program, withLinked } from "../link.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };

function withMachine<T>(
  program: Program,
  use: (machine: Machine) => T,
  board: Board = testBoard(),
  options: MachineOptions = {},
): T {
  return withLinked(
    program,
    ({ bytes }) => use(createMachine(board, parseElf(bytes, "program.elf"), options)),
  );
}

/** The example with another body of its reset handler, after the copy loops. */
function example(body: string, declarations = ""): Program {
  const start = EXAMPLE.c.indexOf("void Reset_Handler(void) {");
  const end = EXAMPLE.c.indexOf("constructors[0]();");
  assert(start > 0 && end > start);
  return {
    ...EXAMPLE,
    c: `${EXAMPLE.c.slice(0, start)}${declarations}\n${
      EXAMPLE.c.slice(start, end)
    }${body}\n  for (;;) {}\n}\n`,
  };
}

function faultOf(machine: Machine) {
  const stop = machine.run({ maxInstructions: 100_000 });
  assert(stop.kind === "fault", JSON.stringify(stop));
  return stop.fault;
}

need(GCC, "Machine runs a linked program from reset to its semihosting exit", () => {
  withMachine(EXAMPLE, (machine) => {
    assertEquals(machine.run({ maxInstructions: 100_000 }), {
      kind: "exit",
      code: 10 + 42 + 7 + 5,
    });
    assertEquals(machine.console(), "hello from the board\n");
    const pool = machine.readSymbol("pool");
    assertEquals(pool, Uint8Array.from({ length: 256 }, (_, i) => i));
    const { instructions, cycles, coreCycles, regions, functions } = machine.counts();
    const of = (name: string) => regions.find((one) => one.name === name);
    assert((of("dtcm")?.write.accesses ?? 0) >= 256);
    assertEquals(
      regions.reduce((sum, one) => sum + one.fetch.accesses, 0),
      instructions,
    );
    const waits = regions.reduce(
      (sum, one) => sum + one.fetch.cycles + one.read.cycles + one.write.cycles,
      0,
    );
    assertEquals(coreCycles + waits, cycles);
    assertEquals(functions.reduce((sum, one) => sum + one.cycles, 0), cycles);
    assertEquals(functions.reduce((sum, one) => sum + one.instructions, 0), instructions);
    assert(functions.some((one) => one.name === "sum"));
    assertEquals(machine.notes(), []);
  });
});

need(GCC, "Machine gives the same counts after another reset, and on another machine", () => {
  withMachine(EXAMPLE, (machine) => {
    machine.run();
    const first = machine.counts();
    machine.reset();
    assertEquals(machine.counts().cycles, 0);
    machine.run();
    assertEquals(machine.counts(), first);
    withMachine(EXAMPLE, (other) => {
      other.run();
      assertEquals(other.counts(), first);
    });
  });
});

need(GCC, "Memory costs the wait states of the board, and nothing without them", () => {
  const board = testBoard();
  const fast = {
    ...board,
    regions: board.regions.map((one) => ({
      ...one,
      waitStates: { read: 0, write: 0, fetch: 0 },
    })),
  };
  const slow = withMachine(EXAMPLE, (machine) => (machine.run(), machine.counts()));
  const none = withMachine(EXAMPLE, (machine) => (machine.run(), machine.counts()), fast);
  assertEquals(none.cycles, none.coreCycles);
  assertEquals(slow.coreCycles, none.coreCycles);
  assert(slow.cycles > slow.coreCycles);
});

need(GCC, "Machine.run() stops at limits, counted since reset", () => {
  withMachine(EXAMPLE, (machine) => {
    assertEquals(machine.run({ maxInstructions: 10 }), { kind: "limit", what: "instructions" });
    assertEquals(machine.counts().instructions, 10);
    assertEquals(machine.run({ maxInstructions: 10 }), { kind: "limit", what: "instructions" });
    assertEquals(machine.counts().instructions, 10);
    assertEquals(machine.run({ maxCycles: 200 }), { kind: "limit", what: "cycles" });
    assert(machine.counts().cycles >= 200);
    assertEquals(machine.run().kind, "exit");
  });
});

need(GCC, "Machine.runUntilSymbol() stops before the function's first instruction", () => {
  withMachine(EXAMPLE, (machine) => {
    const address = machine.symbolAddress("sum");
    assertEquals(machine.runUntilSymbol("sum"), { kind: "breakpoint", address });
    assertEquals(machine.engine.registers[1], 4);
    assertEquals(machine.runUntilSymbol("sum").kind, "exit");
    const error = assertThrows(() => machine.runUntilSymbol("nowhere"), InputError);
    assertEquals(error.code, "E-SIM-SYMBOL");
  });
});

need(GCC, "Machine.writeSymbol() sets constants in flash before the program reads them", () => {
  withMachine(EXAMPLE, (machine) => {
    machine.writeSymbol("table", Uint8Array.of(100));
    assertEquals(machine.run(), { kind: "exit", code: 99 + 10 + 42 + 7 + 5 });
    const error = assertThrows(() => machine.writeSymbol("table", new Uint8Array(17)), InputError);
    assertEquals(error.code, "E-SIM-SIZE");
  });
});

need(GCC, "Volatile memory is not zero at power-on", () => {
  const program = example("semihost(0x18, 0); *(volatile int *)0x20008000 = 1;");
  withMachine(program, (machine) => {
    assertEquals(machine.bus.hostRead(0x2000_8000, 2), Uint8Array.of(0xa5, 0xa5));
    assertEquals(machine.run(), { kind: "exit", code: 1 });
  });
  withMachine(
    program,
    (machine) => assertEquals(machine.bus.hostRead(0x2000_8000, 1), Uint8Array.of(0x11)),
    testBoard(),
    { fill: 0x11 },
  );
});

need(GCC, "A fault report names address, region, symbol and function", () => {
  withMachine(example("*(volatile int *)0x20040004 = 1;"), (machine) => {
    const fault = faultOf(machine);
    assertEquals(fault.cause, "unmapped");
    assertEquals([fault.address, fault.access], [0x2004_0004, "write"]);
    assertEquals(fault.region, "4 B past the end of sram1 [0x2001_0000, 0x2004_0000)");
    assertStringIncludes(fault.function ?? "", "Reset_Handler+0x");
    assertStringIncludes(fault.message, "write to 0x2004_0004 (4 B past the end of sram1");
    assertStringIncludes(fault.message, "in Reset_Handler+0x");
  });
  withMachine(example("((volatile int *)table)[1] = 1;"), (machine) => {
    const fault = faultOf(machine);
    assertEquals([fault.cause, fault.region, fault.symbol], [
      "write-to-read-only",
      "flash",
      "table+0x4",
    ]);
    assertStringIncludes(fault.message, "it cannot be written");
  });
  withMachine(example("((void (*)(void))((unsigned)pool | 1))();"), (machine) => {
    const fault = faultOf(machine);
    assertEquals([fault.cause, fault.region, fault.symbol, fault.pc >>> 0], [
      "execute-never",
      "dtcm",
      "pool",
      fault.address ?? 0,
    ]);
  });
  withMachine(example('__asm__ volatile("udf #1");'), (machine) => {
    const fault = faultOf(machine);
    assertEquals(fault.cause, "undefined-instruction");
    assertStringIncludes(fault.message, "undefined on this core");
  });
});

need(GCC, "A program that recurses too deep faults past the end of its region", () => {
  const program = {
    ...example(
      "total = deep(100000);",
      `int total; __attribute__((noinline)) int deep(int n) {
        volatile int local[32]; local[0] = n; return n == 0 ? 0 : deep(n - 1) + local[0];
      }`,
    ),
    script: EXAMPLE.script.replaceAll("> dtcm\n  .stack", "> sram1\n  .stack"),
  };
  withMachine(program, (machine) => {
    const fault = faultOf(machine);
    assertEquals([fault.cause, fault.access], ["unmapped", "write"]);
    assertStringIncludes(fault.message, "before the start of dtcm");
    assertStringIncludes(fault.function ?? "", "deep");
  });
});

need(GCC, "Machine.stackUsed() measures the deepest use", () => {
  const depth = (frames: number) =>
    withMachine(
      example(
        `total = deep(${frames}); semihost(0x18, (void *)0x20026);`,
        `int total; __attribute__((noinline)) int deep(int n) {
          volatile int local[8]; for (int i = 0; i < 8; i++) local[i] = n;
          return n == 0 ? 0 : deep(n - 1) + local[0];
        }`,
      ),
      (machine) => {
        assertEquals(machine.run(), { kind: "exit", code: 0 });
        return machine.stackUsed(
          machine.symbolAddress("stack_bottom"),
          machine.symbolAddress("stack_top"),
        );
      },
    );
  const [one, five] = [depth(1), depth(5)];
  const frame = (five - one) / 4;
  assert(frame >= 40 && frame <= 56, `a frame has ${frame} B`);
  assert(one > 2 * frame - 8 && five < 1024, `${one} and ${five}`);
});

need(GCC, "A segment outside the board's memories is refused by name", () => {
  const program = {
    ...EXAMPLE,
    script: EXAMPLE.script.replace("ORIGIN = 0x08000000", "ORIGIN = 0x90000000"),
  };
  const error = assertThrows(() => withMachine(program, () => {}), InputError);
  assertEquals(error.code, "E-SIM-LOAD");
  assertStringIncludes(error.message, ".vectors");
  assertStringIncludes(error.message, "past the end of backup");
});

need(GCC, "A segment that is loaded into RAM runs, with a note", () => {
  const program = { ...EXAMPLE, script: EXAMPLE.script.replace("> sram1 AT> flash", "> sram1") };
  withMachine(program, (machine) => {
    assertEquals(machine.run().kind, "exit");
    assertStringIncludes(
      machine.notes().join("\n"),
      "(.data) is loaded into sram1, volatile memory",
    );
  });
});

need(GCC, "A program that switches caches on gets a note that they are not modelled", () => {
  const program = example(
    "*(volatile unsigned *)0xe000ed14 |= 3u << 16; semihost(0x18, (void *)0x20026);",
  );
  const board = testBoard();
  const cache = { size: 4096, ways: 2, line: 32 };
  withMachine(program, (machine) => {
    assertEquals(machine.run(), { kind: "exit", code: 0 });
    assertStringIncludes(machine.notes().join(), "instruction cache and data cache on");
  }, { ...board, cpu: { ...board.cpu, icache: cache, dcache: cache } });
});

need(GCC, "Semihosting writes to :tt, tells the time and refuses the rest with a note", () => {
  const program = example(`
  int console;
  struct { const char *name; int mode, length; } tt = {":tt", 4, 3}, other = {"a.txt", 4, 5};
  console = semihost(1, &tt);
  struct { int handle; const char *text; int length; } text = {console, "abcdef", 3};
  int left = semihost(5, &text);
  semihost(3, "X");
  unsigned long long ticks = 0;
  int bad = semihost(1, &other) == -1 && semihost(0x77, 0) == -1;
  int tty = semihost(9, &console), hz = semihost(0x31, 0), elapsed = semihost(0x30, &ticks);
  int wrong = semihost(4, (void *)0x60000000) == -1;
  struct { unsigned reason, code; } block = {0x20026,
    left == 0 && bad && tty == 1 && hz == 216000000 && elapsed == 0 && ticks > 100 && wrong ? 33 : 1};
  semihost(0x20, &block);`);
  withMachine(program, (machine) => {
    assertEquals(machine.run({ maxInstructions: 100_000 }), { kind: "exit", code: 33 });
    assertEquals(machine.console(), "abcX");
    const notes = machine.notes().join("\n");
    assertStringIncludes(notes, 'SYS_OPEN of "a.txt" was refused');
    assertStringIncludes(notes, "operation 0x77 is not served");
    assertStringIncludes(notes, "operation 0x4 pointed outside the memories");
  });
});

/** Firmware with the harness of generated firmware: doubles and sums its inputs. */
const HARNESS = example(
  `
  for (unsigned i = 0; i < (count == 0 ? 1 : count); i++) {
    begin();
    int all = 0;
    for (int k = 0; k < 8; k++) { output[k] = (signed char)(input[k] * 2); all += input[k]; }
    other_output = all + other_input;
    end();
  }
  semihost(0x18, (void *)0x20026);`,
  `
__attribute__((section(".rodata.count"))) const volatile unsigned count = 0;
volatile signed char input[8], output[8];
volatile int other_input, other_output;
__attribute__((noinline, used)) void begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline, used)) void end(void) { __asm__ volatile("" ::: "memory"); }`,
);
const MANIFEST = {
  inputs: [
    { name: "first", symbol: "input", bytes: 8 },
    { name: "second", symbol: "other_input", bytes: 4 },
  ],
  outputs: [
    { name: "third", symbol: "output", bytes: 8 },
    { name: "fourth", symbol: "other_output", bytes: 4 },
  ],
  harness: { begin_symbol: "begin", end_symbol: "end", count_symbol: "count" },
};

need(GCC, "runHarness() sets inputs, reads outputs and counts each inference", () => {
  withMachine(HARNESS, (machine) => {
    const inputs = [
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0),
      Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0xff, 0, 1, 0, 0),
    ];
    const progress: number[] = [];
    const run = runHarness(machine, MANIFEST, inputs, {
      onInference: (done, total) => progress.push(done * 10 + total),
    });
    assertEquals(run.stop, { kind: "exit", code: 0 });
    assertEquals(progress, [12, 22]);
    assertEquals(run.inferences.map((one) => one.output), [
      Uint8Array.of(2, 4, 6, 8, 10, 12, 14, 16, 37, 0, 0, 0),
      Uint8Array.of(16, 0, 0, 0, 0, 0, 0, 0xfe, 7, 1, 0, 0),
    ]);
    const [first, second] = run.inferences;
    assertEquals(first?.instructions, second?.instructions);
    assert((first?.cycles ?? 0) > (first?.instructions ?? 0));
    const document = runDocument(machine, {
      elfSha256: "00",
      run,
      stack: { region: "dtcm", bottom_symbol: "stack_bottom", top_symbol: "stack_top" },
    });
    assertEquals(document.exit, { reason: "exit", code: 0 });
    assertEquals(document.inferences.map((one) => one.output_base64), [
      "AgQGCAoMDhAlAAAA",
      "EAAAAAAAAP4HAQAA",
    ]);
    assertEquals(
      document.core_cycles + document.regions.reduce((sum, one) => sum + one.cycles, 0),
      document.cycles,
    );
    assertEquals(document.stack?.size, 1024);
    assert((document.stack?.used ?? 0) > 0 && (document.stack?.used ?? 0) < 200);
    assertEquals(document.timing_model.includes("compared with silicon"), true);
    const again = runHarness(machine, MANIFEST, inputs);
    assertEquals(
      JSON.stringify(runDocument(machine, { elfSha256: "00", run: again })),
      JSON.stringify({ ...document, stack: undefined }),
    );
  });
});

need(GCC, "runHarness() refuses inputs of the wrong size and programs that end early", () => {
  withMachine(HARNESS, (machine) => {
    const error = assertThrows(
      () => runHarness(machine, MANIFEST, [new Uint8Array(11)]),
      InputError,
      "first 8 B, second 4 B",
    );
    assertEquals(error.code, "E-SIM-INPUT");
    assertEquals(runHarness(machine, MANIFEST, []).stop, { kind: "exit", code: 0 });
    const limited = runHarness(machine, MANIFEST, [new Uint8Array(12)], { maxInstructions: 50 });
    assertEquals(limited, { stop: { kind: "limit", what: "instructions" }, inferences: [] });
    const once = {
      ...MANIFEST,
      harness: { ...MANIFEST.harness, count_symbol: "table" },
    };
    const early = assertThrows(
      () => runHarness(machine, once, [new Uint8Array(12), new Uint8Array(12)]),
      InputError,
    );
    assertEquals(early.code, "E-SIM-HARNESS");
  });
});
