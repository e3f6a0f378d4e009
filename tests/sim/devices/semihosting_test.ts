import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { grantDirectory } from "../../../src/cli/semihosting_files.ts";
import { HostFileError } from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { boardOf, buildFor, type Peer, PEERS, runHere } from "../qemu.ts";
import { SEMIHOSTING_PROGRAM } from "./semihosting_program.ts";

const QEMU = { tools: ["arm-none-eabi-gcc", "qemu-system-arm"] };
const GCC = { tools: ["arm-none-eabi-gcc"] };
const INPUT = "12345X and the rest\n";
const M4 = PEERS[1] as Peer;

/** Gives a new directory to a function and removes it. */
function withFolder<T>(use: (folder: string) => T): T {
  const folder = Deno.makeTempDirSync();
  try {
    return use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function onQemu(elf: string, folder: string): { text: string; code: number } {
  const result = new Deno.Command("sh", {
    args: [
      "-c",
      'printf "$INPUT" | timeout 20 qemu-system-arm -M mps2-an386 -nographic -monitor none ' +
      "-serial none -semihosting-config " +
      'enable=on,target=native,arg=program.elf,arg=one,arg=two -kernel "$ELF" 2>&1',
    ],
    cwd: folder,
    env: { INPUT, ELF: elf },
  }).outputSync();
  return { text: new TextDecoder().decode(result.stdout), code: result.code };
}

need(
  QEMU,
  "Semihosting does what QEMU's does: console, files, features, command line, exit",
  () => {
    const elf = buildFor(M4, SEMIHOSTING_PROGRAM);
    try {
      const wanted = withFolder((folder) => onQemu(elf.path, folder));
      assertEquals(wanted.code, 42, wanted.text);
      for (const engine of ["interpreter", "translator"] as const) {
        withFolder((folder) => {
          const machine = runHere(M4, elf, {
            engine,
            files: grantDirectory(folder),
            stdin: new TextEncoder().encode(INPUT),
            commandLine: "program.elf one two",
          });
          assertEquals(machine.console(), wanted.text);
          machine.reset();
          assertEquals(machine.run(), { kind: "exit", code: 42 });
          assertEquals(machine.console(), wanted.text);
        });
      }
    } finally {
      elf.remove();
    }
  },
);

function output(c: string, flags: readonly string[], options: Parameters<typeof runHere>[2]) {
  const elf = buildFor(M4, c, flags);
  try {
    const machine = runHere(M4, elf, options);
    return { text: machine.console(), notes: machine.notes(), machine };
  } finally {
    elf.remove();
  }
}

need(GCC, "Semihosting appends, tells a console from a file and reads single characters", () => {
  withFolder((folder) => {
    const { text } = output(SEMIHOSTING_PROGRAM, ["-DOWN"], {
      files: grantDirectory(folder),
      stdin: new TextEncoder().encode(INPUT),
    });
    assertStringIncludes(text, "tty 00000011 \nreadc 00000031 \nread 00000000 \n2345X\n");
    assertStringIncludes(text, "append 00000000 \nflen 0000001e \n");
    assertStringIncludes(text, "hello, file\nsecond line\nthird\n");
  });
});

/** Calls of semihosting for short programs. */
const CALLS = `
static u32 length_of(const char *s) { u32 n = 0; while (s[n]) n++; return n; }
static int open(const char *name, int mode) {
  u32 block[3] = {(u32)name, mode, length_of(name)}; return semihost(1, block);
}
static void result(const char *name, int mode) {
  int handle = open(name, mode);
  hex(handle); hex(handle < 0 ? semihost(0x13, 0) : 0); newline();
}
`;

need(GCC, "A program reaches no file outside the granted directory", () => {
  withFolder((outer) => {
    const folder = `${outer}/granted`;
    Deno.mkdirSync(`${folder}/sub`, { recursive: true });
    Deno.writeTextFileSync(`${outer}/secret`, "secret");
    Deno.writeTextFileSync(`${folder}/sub/inside`, "inside");
    Deno.symlinkSync(`${outer}/secret`, `${folder}/link`);
    Deno.symlinkSync(outer, `${folder}/up`);
    Deno.symlinkSync(`${folder}/sub/inside`, `${folder}/inner`);
    const names = [
      ...[
        "../secret",
        "sub/../../secret",
        "sub/../sub/inside",
        `${outer}/secret`,
        "link",
        "up/secret",
      ],
      ...["inner", "sub", "sub/", "", ".", "/etc/passwd", "C:x", "sub\\\\inside", "./sub//inside"],
    ];
    const { text, notes } = output(
      `${CALLS} int main(void) { ${
        names.map((name) => `result("${name}", 0); result("${name}", 4);`).join("\n")
      } return 0; }`,
      [],
      { files: grantDirectory(folder) },
    );
    const lines = text.slice(0, -1).split("\n");
    assertEquals(lines.length, 2 * names.length);
    lines.slice(0, -2).forEach((line, index) =>
      assertMatch(
        line,
        /^ffffffff 0000000[2d] |^ffffffff 00000015 /,
        `${names[index >> 1]}: ${line}`,
      )
    );
    assertEquals(lines.slice(-2), ["00000001 00000000 ", "00000002 00000000 "]);
    assertStringIncludes(notes.join("\n"), "leaves the granted directory");
    assertStringIncludes(notes.join("\n"), "is a symbolic link");
    assertEquals(Deno.readTextFileSync(`${outer}/secret`), "secret");
    assertEquals([...Deno.readDirSync(outer)].map(({ name }) => name).sort(), [
      "granted",
      "secret",
    ]);
  });
});

Deno.test("Removing and renaming stay inside the granted directory too", () => {
  withFolder((outer) => {
    const folder = `${outer}/granted`;
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(`${outer}/secret`, "secret");
    Deno.writeTextFileSync(`${folder}/own`, "own");
    Deno.symlinkSync(`${outer}/secret`, `${folder}/link`);
    const files = grantDirectory(folder);
    const actions = [
      () => files.remove("../secret"),
      () => files.remove("link"),
      () => files.rename("own", "../own"),
      () => files.rename("own", "link"),
      () => files.rename("../secret", "mine"),
      () => files.rename("link", "mine"),
      () => files.rename("missing", "mine"),
    ];
    for (const action of actions) {
      let error: unknown;
      try {
        action();
      } catch (thrown) {
        error = thrown;
      }
      assert(error instanceof HostFileError, String(action));
    }
    files.rename("own", "mine");
    files.remove("mine");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["link"]);
    assertEquals(Deno.readTextFileSync(`${outer}/secret`), "secret");
  });
});

need(GCC, "Without a directory a program has the console alone, and runs no command", () => {
  const { text, notes } = output(
    `${CALLS} int main(void) {
      result("a.txt", 4);
      u32 command[2] = {(u32)"id", 2}; hex(semihost(0x12, command));
      u32 name[2] = {(u32)"a.txt", 5}; hex(semihost(0xe, name)); newline();
      return 0;
    }`,
    [],
    {},
  );
  assertEquals(text, "ffffffff 00000002 \nffffffff ffffffff \n");
  assertStringIncludes(notes.join("\n"), "no directory was granted");
  assertStringIncludes(notes.join("\n"), "programs run no commands of the host");
});

need(GCC, "SYS_HEAPINFO gives the rest of the stack's memory, behind the image", () => {
  const { text, machine } = output(
    `static u32 big[1000]; int main(void) {
      big[3] = 1; u32 info[4]; u32 block[1] = {(u32)info}; hex(semihost(0x16, block));
      for (int i = 0; i < 4; i++) hex(info[i]);
      return (int)big[3];
    }`,
    [],
    {},
  );
  const [result = "", base = "", limit = "", top = "", low = ""] = text.trim().split(" ");
  assertEquals([result, limit, low], ["00000000", top, base]);
  const stack = machine.symbolAddress("stack_top");
  assertEquals(parseInt(top, 16), stack);
  assert(parseInt(base, 16) >= machine.symbolAddress("bss_end") && parseInt(base, 16) < stack);
});

need(GCC, "A program that prints without end is bounded", () => {
  const elf = buildFor(
    M4,
    `int main(void) { for (;;) print("0123456789abcdef0123456789abcdef"); }`,
  );
  try {
    let error = "";
    try {
      runHere(M4, elf, {}, boardOf(M4), 2_000_000);
    } catch (thrown) {
      error = String(thrown);
    }
    assertStringIncludes(error.slice(0, 100), '{"kind":"limit","what":"instructions"}');
    assert(error.length < 5 * 1024 * 1024);
  } finally {
    elf.remove();
  }
});

/** A program of the C library alone: files, input, arguments, heap. */
const LIBRARY = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++) printf("argument %d: %s\\n", i, argv[i]);
  char line[40];
#ifndef PICOLIBC /* it reads by SYS_READC, in which QEMU 7.2 waits without end */
  while (fgets(line, sizeof line, stdin) != NULL) printf("line: %s", line);
#endif
  FILE *file = fopen("numbers.txt", "w+");
  if (file == NULL) { perror("open"); return 2; }
  for (int i = 0; i < 500; i++) fprintf(file, "%d %.3f\\n", i, i / 7.0);
  rewind(file);
  int n; float f; double sum = 0;
  while (fscanf(file, "%d %f", &n, &f) == 2) sum += n * f;
  fseek(file, -6, SEEK_END);
  fgets(line, sizeof line, file);
  printf("sum %.3f, end %s, length %ld\\n", sum, line, ftell(file));
  fclose(file);
#ifndef PICOLIBC /* 1.8 has no rename */
  printf("rename %d, ", rename("numbers.txt", "other.txt"));
#endif
  printf("remove %d\\n", remove("numbers.txt") == 0 || remove("other.txt") == 0);
  file = fopen("other.txt", "r");
  printf("gone: %d, %d\\n", file == NULL, errno == ENOENT);
  char *block = malloc(20000);
  memset(block, 7, 20000);
  printf("heap %d\\n", block[19999]);
  fprintf(stderr, "to stderr\\n");
  return 7;
}
`;

need(
  { tools: ["arm-none-eabi-gcc", "qemu-system-arm", "rdimon.specs"] },
  "newlib's librdimon reaches console, files and command line as in QEMU",
  () => {
    withFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/p.c`, LIBRARY);
      Deno.writeTextFileSync(
        `${folder}/v.c`,
        `extern void _start(void); extern char __stack[];
        __attribute__((section(".vectors"), used)) void *const vectors[] = {__stack, _start};`,
      );
      Deno.writeTextFileSync(
        `${folder}/p.ld`,
        `MEMORY { code (rx) : ORIGIN = 0, LENGTH = 4M  ram (rwx) : ORIGIN = 0x20000000, LENGTH = 4M }
        ENTRY(_start)
        SECTIONS {
          .text : { KEEP(*(.vectors)) *(.text*) KEEP(*(.init)) KEEP(*(.fini)) *(.rodata*) *(.eh_frame*) } > code
          .ARM.exidx : { *(.ARM.exidx*) } > code
          .init_array : { __preinit_array_start = .; __preinit_array_end = .; __init_array_start = .;
            KEEP(*(.init_array*)) __init_array_end = .; __fini_array_start = .; KEEP(*(.fini_array*))
            __fini_array_end = .; } > code
          .data : { *(.data*) } > ram AT> ram
          .bss : { __bss_start__ = .; *(.bss*) *(COMMON) __bss_end__ = .; } > ram
          end = ALIGN(8); __end__ = end; __HeapLimit = 0x20300000;
          __stack = 0x20400000;
        }`,
      );
      const build = new Deno.Command("arm-none-eabi-gcc", {
        args: [
          ...["-mcpu=cortex-m4", "-mthumb", "-O1", "--specs=rdimon.specs", "-T", "p.ld"],
          ...["-Wl,--no-warn-rwx-segments", "v.c", "p.c", "-o", "p.elf"],
        ],
        cwd: folder,
      }).outputSync();
      assert(build.success, new TextDecoder().decode(build.stderr));
      Deno.mkdirSync(`${folder}/q`);
      const wanted = onQemu(`${folder}/p.elf`, `${folder}/q`);
      assertEquals(wanted.code, 7, wanted.text);
      const path = `${folder}/p.elf`;
      const linked = { bytes: Deno.readFileSync(path), path, remove: () => {} };
      Deno.mkdirSync(`${folder}/p`);
      const machine = runHere(M4, linked, {
        files: grantDirectory(`${folder}/p`),
        stdin: new TextEncoder().encode(INPUT),
        commandLine: "program.elf one two",
      }, {
        ...boardOf(M4),
        regions: boardOf(M4).regions.map((one) =>
          one.name === "ram" ? { ...one, kind: "nvm" as const } : one
        ),
      });
      assertEquals(machine.console(), wanted.text);
    });
  },
);

need(
  { tools: ["arm-none-eabi-gcc", "qemu-system-arm", "picolibc.specs"] },
  "picolibc's semihosting reaches console, files and command line as in QEMU",
  () => {
    withFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/p.c`, LIBRARY);
      const symbols = {
        __flash: "0",
        __flash_size: "4M",
        __ram: "0x20000000",
        __ram_size: "4M",
        __stack_size: "16K",
      };
      const build = new Deno.Command("arm-none-eabi-gcc", {
        args: [
          ...["-mcpu=cortex-m4", "-mthumb", "-O1", "--specs=picolibc.specs", "--oslib=semihost"],
          ...["--crt0=hosted", "-DPICOLIBC", "-Wl,--no-warn-rwx-segments"],
          ...Object.entries(symbols).map(([name, value]) => `-Wl,--defsym=${name}=${value}`),
          ...["p.c", "-o", "p.elf"],
        ],
        cwd: folder,
      }).outputSync();
      assert(build.success, new TextDecoder().decode(build.stderr));
      const path = `${folder}/p.elf`;
      Deno.mkdirSync(`${folder}/q`);
      Deno.mkdirSync(`${folder}/p`);
      const wanted = onQemu(path, `${folder}/q`);
      assertEquals(wanted.code, 7, wanted.text);
      const machine = runHere(M4, { bytes: Deno.readFileSync(path), path, remove: () => {} }, {
        files: grantDirectory(`${folder}/p`),
        stdin: new TextEncoder().encode(INPUT),
        commandLine: "program.elf one two",
      });
      assertEquals(machine.console(), wanted.text);
    });
  },
);
