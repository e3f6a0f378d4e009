import { assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../../support/need.ts";
import { boardOf, buildFor, PEERS, runHere } from "../qemu.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };

/** CMSIS's ITM_SendChar, and packets of each size on other ports. */
const PROGRAM = `
#define R(a) (*(volatile u32 *)(a))
static void send(char c) {
  if ((R(0xe0000e80) & 1) && (R(0xe0000e00) & 1)) {
    while (R(0xe0000000) == 0) {}
    *(volatile u8 *)0xe0000000 = (u8)c;
  }
}
static void text(const char *s) { while (*s) send(*s++); }
int main(void) {
#ifdef SETUP
  text("too early\\n");
  R(0xe0000e80) = 1;
  hex(R(0xe0000e80));
  R(0xe000edfc) |= 1u << 24;
  R(0xe0000fb0) = 0xc5acce55;
  R(0xe0000e80) = 1;
  R(0xe0000e00) = 0x3;
  hex(R(0xe0000fb4));
#endif
  text("hello, trace\\n");
  *(volatile u32 *)0xe0000004 = 0x44434241;
  *(volatile u16 *)0xe0000004 = 0x4645;
  *(volatile u8 *)0xe0000004 = 'G';
  *(volatile u8 *)0xe000007c = 31;
#ifdef UNPRIVILEGED
  R(0xe0000e40) = 1;
  __asm__ volatile("mrs r3, control\\n orr r3, #1\\n msr control, r3\\n isb" ::: "r3");
  *(volatile u8 *)0xe0000000 = 'n';
  *(volatile u8 *)0xe0000020 = 'y';
#endif
  return 0;
}
`;

function run(flags: readonly string[], itm = false) {
  const [m3] = PEERS;
  if (m3 === undefined) throw new Error("no Cortex-M3");
  const elf = buildFor(m3, PROGRAM, flags);
  try {
    const [plain, fast] = (["interpreter", "translator"] as const).map((engine) =>
      runHere(m3, elf, { engine, itm }, boardOf(m3), 100_000)
    );
    assertEquals(fast?.consoles(), plain?.consoles());
    if (fast === undefined) throw new Error("no machine");
    return fast;
  } finally {
    elf.remove();
  }
}

const bytes = (machine: ReturnType<typeof run>, port: number) =>
  new TextDecoder().decode(machine.itmBytes(port));

need(GCC, "ITM port 0 is a console, the other ports keep packets of 1, 2 and 4 bytes", () => {
  const machine = run(["-DSETUP"]);
  assertEquals(machine.consoles(), [{ name: "itm", text: "hello, trace\n" }]);
  assertEquals(bytes(machine, 1), "ABCDEFG");
  // TCR was locked, then the lock says: present, open.
  assertEquals(machine.console(), "00000000 00000001 ");
  assertStringIncludes(machine.notes().join("\n"), "ITM port 1 got 7 B");
  assertStringIncludes(machine.notes().join("\n"), "1 writes to ITM ports that were off");
});

need(
  GCC,
  "The ITM is off at reset, as on a board without a debugger, and on with the option",
  () => {
    const off = run([]);
    assertEquals([off.consoles(), [...off.itmBytes(1)]], [[], []]);
    const on = run([], true);
    assertEquals(on.consoles(), [{ name: "itm", text: "hello, trace\n" }]);
    assertEquals([...on.itmBytes(31)], [31]);
  },
);

need(GCC, "Unprivileged code writes the ITM ports that TPR opens", () => {
  const machine = run(["-DUNPRIVILEGED"], true);
  assertEquals(bytes(machine, 0), "hello, trace\n");
  assertEquals(bytes(machine, 8), "y");
});
