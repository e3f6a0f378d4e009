import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { pinmap } from "../support/pinmap.ts";
import { buildFor, type Peer } from "../sim/qemu.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };
const BOARD = ["--board", "stm32f407g-disco"];
const F4: Peer = {
  machine: "",
  core: "cortex-m4",
  cpu: "cortex-m4",
  code: 0x0800_0000,
  ram: 0x2000_0000,
  mpuRegions: 8,
  armv8: false,
};

/** Copies USART2's input to a file, prints its command line, a line of the console and control characters. */
const PROGRAM = `
#define R(a) (*(volatile u32 *)(a))
static int call3(int op, u32 a, u32 b, u32 c) { u32 block[3] = {a, b, c}; return semihost(op, block); }
int main(void) {
  static char line[64];
  R(0x4000440c) = 0x200c;
  const char *name = "copy.txt";
  int file = call3(1, (u32)name, 4, 8);
  for (char c = 0; c != '\\n';) {
    while (!(R(0x40004400) & 32)) {}
    c = (char)R(0x40004404);
    if (file > 0) call3(5, file, (u32)&c, 1);
    R(0x40004404) = (u32)c;
  }
  u32 block[2] = {(u32)line, 64};
  semihost(0x15, block); print(line); newline();
  int in = call3(1, (u32)":tt", 0, 3);
  memset(line, 0, 64);
  call3(6, in, (u32)line, 60); print(line);
  print("\\033[2J\\a");
  *(volatile u8 *)0xe0000000 = 'i';
  return 0;
}
`;

need(
  GCC,
  "run gives serial ports, console, command line and a directory what the flags name",
  async () => {
    const folder = await Deno.makeTempDir();
    const elf = buildFor(F4, PROGRAM);
    try {
      await Deno.writeTextFile(`${folder}/serial.txt`, "over the wire\n");
      await Deno.writeTextFile(`${folder}/in.txt`, "from the console\n");
      await Deno.mkdir(`${folder}/data`);
      const flags = [
        ...["--uart", `usart2=${folder}/serial.txt`, "--stdin", `${folder}/in.txt`, "--itm"],
        ...["--semihosting-dir", `${folder}/data`, "--args", "one two"],
      ];
      const text = await pinmap(["run", elf.path, ...BOARD, ...flags]);
      assertEquals(text.code, 0, text.stderr + text.stdout);
      assertStringIncludes(
        text.stdout,
        "Console\nprogram.elf one two\nfrom the console\n\\x1b[2J\\x07\n",
      );
      assertStringIncludes(text.stdout, "Console usart2\nover the wire\n");
      assertStringIncludes(text.stdout, "Console itm\ni\n");
      assert(!text.stdout.includes("\x1b[2J"));
      assertEquals(await Deno.readTextFile(`${folder}/data/copy.txt`), "over the wire\n");
      const json = await pinmap(["run", elf.path, ...BOARD, ...flags, "--format", "json"]);
      assertEquals(JSON.parse(json.stdout).consoles, [
        { name: "semihosting", text: "program.elf one two\nfrom the console\n\x1b[2J\x07" },
        { name: "usart2", text: "over the wire\n" },
        { name: "itm", text: "i" },
      ]);
    } finally {
      elf.remove();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

need(GCC, "run refuses flags for ports and directories that are not there", async () => {
  const elf = buildFor(F4, PROGRAM);
  try {
    const refused = async (flags: readonly string[], code: string, words: string) => {
      const result = await pinmap(["run", elf.path, ...BOARD, ...flags]);
      assertEquals(result.code, 2, result.stderr);
      assertStringIncludes(result.stderr, code);
      assertStringIncludes(result.stderr, words);
    };
    await refused(["--uart", "usart2"], "E-CLI-VALUE", "needs NAME=FILE");
    await refused(["--uart", `nowhere=${elf.path}`], "E-SIM-UART", "needed one of usart1");
    await refused(["--semihosting-dir", elf.path], "E-CLI-SEMIHOSTING-DIR", "needed a directory");
  } finally {
    elf.remove();
  }
});
