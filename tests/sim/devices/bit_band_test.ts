import { assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { boardOf, buildFor, PEERS, runHere, runQemu } from "../qemu.ts";

const QEMU = { tools: ["arm-none-eabi-gcc", "qemu-system-arm"] };

/** Words, halfwords and bytes of the alias, each bit of a few words, set, cleared and read. */
const PROGRAM = `
static volatile u32 target[4];
#define ALIAS(n) (0x22000000u + (((u32)target - 0x20000000u) << 5) + 4 * (n))
static u32 seed = 7;
static u32 next(void) { seed = seed * 1664525u + 1013904223u; return seed >> 8; }
int main(void) {
  u32 sum = 0;
  for (u32 i = 0; i < 2000; i++) {
    u32 n = next() & 127, value = next();
    switch (next() % 6) {
      case 0: *(volatile u32 *)ALIAS(n) = value; break;
      case 1: *(volatile u16 *)ALIAS(n) = (u16)value; break;
      case 2: *(volatile u8 *)ALIAS(n) = (u8)value; break;
      case 3: sum = sum * 31 + *(volatile u32 *)ALIAS(n); break;
      case 4: sum = sum * 31 + *(volatile u16 *)ALIAS(n); break;
      default: sum = sum * 31 + *(volatile u8 *)ALIAS(n);
    }
    if (i % 100 == 0) { hex(target[0]); hex(target[1]); hex(target[2]); hex(target[3]); hex(sum); newline(); }
  }
  return 0;
}
`;

for (const peer of PEERS.slice(0, 2)) {
  need(QEMU, `Bit-banding of ${peer.core} is QEMU's, in both engines`, () => {
    const elf = buildFor(peer, PROGRAM);
    try {
      const wanted = runQemu(peer, elf.path);
      const [plain, fast] = (["interpreter", "translator"] as const).map((engine) =>
        runHere(peer, elf, { engine })
      );
      assertEquals(plain?.console(), wanted);
      assertEquals(fast?.console(), wanted);
      assertEquals(fast?.counts(), plain?.counts());
    } finally {
      elf.remove();
    }
  });
}

need(
  { tools: ["arm-none-eabi-gcc"] },
  "Bit-banding counts a read, or a read and a write, of the target's region",
  () => {
    const [peer] = PEERS;
    if (peer === undefined) return;
    const count = (body: string) => {
      const elf = buildFor(peer, `int main(void) { ${body} return 0; }`);
      try {
        return runHere(peer, elf).counts().regions.find(({ name }) => name === "ram");
      } finally {
        elf.remove();
      }
    };
    const none = count("");
    const write = count("*(volatile u32 *)0x22000100 = 1;");
    const read = count("(void)*(volatile u8 *)0x22000100;");
    assertEquals((write?.read.bytes ?? 0) - (none?.read.bytes ?? 0), 4);
    assertEquals((write?.write.bytes ?? 0) - (none?.write.bytes ?? 0), 4);
    assertEquals((read?.read.bytes ?? 0) - (none?.read.bytes ?? 0), 1);
    assertEquals(read?.write, none?.write);
  },
);

need({ tools: ["arm-none-eabi-gcc"] }, "Without bit-banding the alias is no memory", () => {
  const [peer] = PEERS;
  if (peer === undefined) return;
  const elf = buildFor(peer, "int main(void) { *(volatile u32 *)0x22000100 = 1; return 0; }");
  try {
    const board = boardOf(peer);
    const { bitBand: _, ...cpu } = board.cpu;
    let cause = "";
    try {
      runHere(peer, elf, { faults: "report" }, { ...board, cpu });
    } catch (error) {
      cause = String(error);
    }
    assertEquals(/"cause":"([^"]*)"/.exec(cause)?.[1], "unmapped");
  } finally {
    elf.remove();
  }
});
