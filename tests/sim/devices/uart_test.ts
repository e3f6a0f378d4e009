import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { loadBoard } from "../../../src/board/mod.ts";
import { InputError } from "../../../src/base/error.ts";
import { createMachine, parseElf } from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { boardOf, buildFor, type Peer, PEERS, runHere } from "../qemu.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };
const INPUT = "the quick brown fox jumps over 13 lazy dogs.\n";

/**
 * Echoes in capitals: bytes come by interrupt, into a ring, and go out by polling. `START` sets the port
 * up, `READY` says that a byte has come, `GET` takes it, `ROOM` that one can be sent, `PUT` sends it,
 * `DONE` ends the interrupt.
 */
const ECHO = `
#define R(offset) (*(volatile u32 *)(ORIGIN + (offset)))
static volatile u8 ring[64];
static volatile u32 head, interrupts;
void irq(void) {
  interrupts++;
  while (READY) ring[head++ & 63] = (u8)GET;
  DONE;
}
static void put(char c) { while (!(ROOM)) {} PUT(c); }
static void text(const char *s) { while (*s) put(*s++); }
int main(void) {
  START;
  *(volatile u32 *)(0xe000e100 + 4 * (IRQ / 32)) = 1u << (IRQ % 32);
  text("ready\\n");
  u32 tail = 0;
  for (;;) {
    while (tail == head) {}
    u8 c = ring[tail++ & 63];
    if (c >= 'a' && c <= 'z') c -= 32;
    put((char)c);
    if (c == '\\n') break;
  }
  text(interrupts > 0 && interrupts <= head ? "end\\n" : "no interrupts\\n");
  return 0;
}
`;

interface Port {
  readonly board: string;
  readonly peer: Peer;
  readonly uart: string;
  readonly macros: Readonly<Record<string, string | number>>;
}

function peer(core: Peer["core"], cpu: string, code: number, ram = 0x2000_0000): Peer {
  return { machine: "", core, cpu, code, ram, mpuRegions: 8, armv8: false };
}

const STM32_V2 = {
  START: "R(12) = 0x8b; R(0) = 0x2d",
  READY: "(R(28) & 32)",
  GET: "R(36)",
  ROOM: "R(28) & 128",
  "PUT(c)": "R(40) = (u32)(c)",
  DONE: "(void)0",
};

const PORTS: readonly Port[] = [
  {
    board: "mps2-an386",
    peer: peer("cortex-m4", "cortex-m4", 0),
    uart: "uart0",
    macros: {
      ORIGIN: 0x4000_4000,
      IRQ: 0,
      START: "R(16) = 16; R(8) = 11",
      READY: "(R(4) & 2)",
      GET: "R(0)",
      ROOM: "!(R(4) & 1)",
      "PUT(c)": "R(0) = (u32)(c)",
      DONE: "R(12) = 2",
    },
  },
  {
    board: "stm32f407g-disco",
    peer: peer("cortex-m4", "cortex-m4", 0x0800_0000),
    uart: "usart2",
    macros: {
      ORIGIN: 0x4000_4400,
      IRQ: 38,
      START: "R(8) = 0x16d; R(12) = 0x202c",
      READY: "(R(0) & 32)",
      GET: "R(4)",
      ROOM: "R(0) & 128",
      "PUT(c)": "*(volatile u8 *)(ORIGIN + 4) = (u8)(c)",
      DONE: "(void)0",
    },
  },
  {
    board: "stm32f746g-disco",
    peer: peer("cortex-m7", "cortex-m7", 0x0800_0000),
    uart: "usart1",
    macros: { ORIGIN: 0x4001_1000, IRQ: 37, ...STM32_V2 },
  },
  {
    board: "stm32h743",
    peer: peer("cortex-m7", "cortex-m7", 0x0800_0000),
    uart: "usart3",
    macros: { ORIGIN: 0x4000_4800, IRQ: 39, ...STM32_V2 },
  },
  {
    board: "rp2040",
    peer: peer("cortex-m0plus", "cortex-m0plus", 0x1000_0100),
    uart: "uart0",
    macros: {
      ORIGIN: 0x4003_4000,
      IRQ: 20,
      // CR is set through the alias that sets bits; IMSC has RXIM and RTIM.
      START: "R(0x24) = 67; R(0x2c) = 0x70; R(0x2030) = 0x301; R(0x38) = 0x50",
      READY: "!(R(0x18) & 16)",
      GET: "R(0)",
      ROOM: "!(R(0x18) & 32)",
      "PUT(c)": "R(0) = (u32)(c)",
      DONE: "R(0x44) = 0x50",
    },
  },
  {
    board: "mimxrt1060-evk",
    peer: peer("cortex-m7", "cortex-m7", 0x6000_2000),
    uart: "lpuart1",
    macros: {
      ORIGIN: 0x4018_4000,
      IRQ: 20,
      START: "R(0x28) = 0x88; R(0x18) = 0x002c0000",
      READY: "(R(0x14) & (1 << 21))",
      GET: "R(0x1c)",
      ROOM: "R(0x14) & (1 << 23)",
      "PUT(c)": "R(0x1c) = (u32)(c)",
      DONE: "(void)0",
    },
  },
];

function build({ peer, macros }: Port) {
  const defines = Object.entries(macros).map(([name, value]) =>
    `#define ${name} ${typeof value === "number" ? `${value}u` : value}`
  );
  return buildFor(peer, `${defines.join("\n")}\n${ECHO}`);
}

const WANTED = `ready\n${INPUT.toUpperCase()}end\n`;

for (const port of PORTS) {
  need(
    GCC,
    `A program echoes through ${port.uart} of ${port.board}, by polling and interrupt`,
    async () => {
      const board = await loadBoard(port.board);
      const elf = build(port);
      try {
        const results = (["interpreter", "translator"] as const).map((engine) => {
          const machine = runHere(
            port.peer,
            elf,
            {
              engine,
              uarts: { [port.uart]: new TextEncoder().encode(INPUT) },
            },
            board,
            3_000_000,
          );
          assertEquals(machine.consoles(), [{ name: port.uart, text: WANTED }]);
          return machine.counts();
        });
        assertEquals(results[1], results[0]);
      } finally {
        elf.remove();
      }
    },
  );
}

need(
  { tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  "The same program for the CMSDK UART gives the same text on QEMU",
  () => {
    const [port] = PORTS;
    assert(port !== undefined);
    const elf = build(port);
    try {
      const result = new Deno.Command("sh", {
        args: [
          "-c",
          '(sleep 0.3; printf "%s\\n" "$INPUT") | timeout 20 qemu-system-arm -M mps2-an386 -nographic ' +
          '-monitor none -serial stdio -semihosting-config enable=on,target=native -kernel "$ELF"',
        ],
        env: { INPUT: INPUT.trimEnd(), ELF: elf.path },
      }).outputSync();
      assertEquals(new TextDecoder().decode(result.stdout), WANTED);
    } finally {
      elf.remove();
    }
  },
);

need(
  GCC,
  "A serial port that the board lacks is refused by name, and a peripheral by address",
  async () => {
    const [port] = PORTS;
    assert(port !== undefined);
    const board = await loadBoard(port.board);
    const elf = build(port);
    try {
      const image = parseElf(elf.bytes, "echo.elf");
      const error = assertThrows(
        () => createMachine(board, image, { uarts: { uart9: new Uint8Array(1) } }),
        InputError,
      );
      assertEquals(error.code, "E-SIM-UART");
      assertStringIncludes(error.message, "needed one of uart0, uart1, uart2, uart3, uart4");
      const bare = createMachine({ ...board, uarts: [] }, image);
      const stop = bare.run({ maxInstructions: 100_000 });
      assert(stop.kind === "fault");
      assertStringIncludes(stop.fault.message, "the board file declares no peripheral there");
    } finally {
      elf.remove();
    }
  },
);

need(GCC, "A port that sends without end is bounded, and what it dropped is noted", () => {
  const [, m4] = PEERS;
  assert(m4 !== undefined);
  const elf = buildFor(
    m4,
    `int main(void) { *(volatile u32 *)0x40004008 = 1;
      for (int i = 0; i < 4200000; i++) *(volatile u32 *)0x40004000 = 'x'; return 0; }`,
  );
  try {
    const uart = {
      name: "uart0",
      kind: "cmsdk-apb-uart",
      origin: 0x4000_4000,
      source: "test",
    } as const;
    const machine = runHere(m4, elf, {}, boardOf(m4, { uarts: [uart] }));
    assertEquals(machine.consoles()[0]?.text.length, 4 * 1024 * 1024);
    assertStringIncludes(machine.notes().join(), "5696 B that uart0 sent were dropped");
  } finally {
    elf.remove();
  }
});

need(
  GCC,
  "Start-up code that waits for clocks comes through, and the report says what it touched",
  async () => {
    const board = await loadBoard("stm32f746g-disco");
    const start = peer("cortex-m7", "cortex-m7", 0x0800_0000);
    const elf = buildFor(
      start,
      `#define R(a) (*(volatile u32 *)(a))
    int main(void) {
      R(0x40023840) |= 1u << 28; R(0x40007000) |= 1u << 14;
      R(0x40023800) |= 1u << 16; while (!(R(0x40023800) & (1u << 17))) {}
      R(0x40023804) = 0x29406c19;
      R(0x40023800) |= 1u << 24; while (!(R(0x40023800) & (1u << 25))) {}
      R(0x40007000) |= 1u << 16; while (!(R(0x40007004) & (1u << 16))) {}
      R(0x40007000) |= 1u << 17; while (!(R(0x40007004) & (1u << 17))) {}
      while (!(R(0x40007004) & (1u << 14))) {}
      R(0x40023c00) = 0x307; hex(R(0x40023c00));
      R(0x40023808) |= 2; while ((R(0x40023808) & 12) != 8) {}
      R(0x40020018) = 1; hex(R(0x40020000)); hex(*(volatile u16 *)0x4002000e);
      return 0;
    }`,
    );
    try {
      const machine = runHere(start, elf, {}, board, 100_000);
      assertEquals(machine.console(), "00000307 a8000000 00006400 ");
      const notes = machine.notes().join("\n");
      assertStringIncludes(notes, "rcc at 0x4002_3800 has registers without behaviour");
      assertStringIncludes(notes, "of +0x0, +0x4, +0x8, +0x40");
      machine.reset();
      assert(!machine.notes().join().includes("rcc"));
    } finally {
      elf.remove();
    }
  },
);

need(
  GCC,
  "Bytes may arrive while the program waits; a snapshot keeps what was sent and received",
  async () => {
    const [port] = PORTS;
    assert(port !== undefined);
    const board = await loadBoard(port.board);
    const elf = build(port);
    try {
      const image = parseElf(elf.bytes, "echo.elf");
      for (const engine of ["interpreter", "translator"] as const) {
        const machine = createMachine(board, image, { engine });
        const send = (text: string) =>
          machine.apply({
            kind: "receive",
            device: port.uart,
            bytes: [...new TextEncoder().encode(text)],
          });
        assertEquals(machine.run({ maxInstructions: 20_000 }).kind, "limit");
        assertEquals(machine.consoles(), [{ name: port.uart, text: "ready\n" }]);
        send("the quick ");
        machine.run({ maxInstructions: 40_000 });
        const snapshot = machine.snapshot();
        const rest = () => {
          send("brown fox\n");
          assertEquals(machine.run({ maxInstructions: 200_000 }).kind, "exit");
          return [machine.consoles()[0]?.text, machine.counts()];
        };
        const first = rest();
        assertEquals(first[0], "ready\nTHE QUICK BROWN FOX\nend\n");
        machine.restore(snapshot);
        assertEquals(machine.consoles()[0]?.text, "ready\nTHE QUICK ");
        assertEquals(rest(), first);
        machine.reset();
        machine.run({ maxInstructions: 20_000 });
        assertEquals(machine.consoles()[0]?.text, "ready\n");
      }
    } finally {
      elf.remove();
    }
  },
);
