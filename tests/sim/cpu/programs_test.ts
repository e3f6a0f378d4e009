/**
 * C programs built by arm-none-eabi-gcc for each core and level of optimisation, run here, against the
 * same source built and run natively: the words that they leave must be equal.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import type { EngineParts } from "../../../sim/types.ts";
import { createBench, DATA, SIZE, START } from "./testbench.ts";

/** Integer programs: 64-bit arithmetic, switch tables, structs, copies, recursion, saturation. */
const INTEGERS = `
typedef struct { int8_t a; uint16_t b; int64_t c; uint8_t d[7]; } record;
static volatile uint32_t seed = 12345;
static uint32_t next(void) { seed = seed * 1664525u + 1013904223u; return seed; }
static int choose(int n) {
  switch (n) {
    case 0: return 7; case 1: return -3; case 2: return n * 5; case 3: return 1 << n;
    case 4: return n ^ 0x55; case 5: return 99; case 6: return n - 100; case 7: return ~n;
    case 8: return n % 3; case 9: return 1234; case 10: return -1; default: return n;
  }
}
static uint64_t gcd(uint64_t a, uint64_t b) { return b == 0 ? a : gcd(b, a % b); }
static int compare(const void *x, const void *y) {
  int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
  return a < b ? -1 : a > b;
}
static void sort(int32_t *v, int n) {
  for (int i = 1; i < n; i++)
    for (int j = i; j > 0 && compare(&v[j - 1], &v[j]) > 0; j--) {
      int32_t t = v[j]; v[j] = v[j - 1]; v[j - 1] = t;
    }
}
static int32_t requantize(int32_t x, int32_t multiplier, int shift) {
  int64_t product = (int64_t)x * multiplier;
  int32_t high = (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (1ll << 31));
  int32_t mask = (1 << shift) - 1, rest = high & mask;
  return (high >> shift) + (rest > (mask >> 1) + (high < 0));
}
static record make(int n) {
  record r = { (int8_t)(n * 37), (uint16_t)(n * 999), (int64_t)n * n * n * -123457, { 0 } };
  for (int i = 0; i < 7; i++) r.d[i] = (uint8_t)(n + i * i);
  return r;
}
void program(void) {
  for (int i = 0; i < 40; i++) {
    int64_t a = ((int64_t)next() << 32) | next(), b = (int64_t)(int32_t)next() >> (i & 15);
    if (b == 0) b = 3;
    emit64((uint64_t)(a / b)); emit64((uint64_t)(a % b)); emit64((uint64_t)a * (uint64_t)b);
    emit64((uint64_t)a >> (i + 3)); emit64((uint64_t)(a >> (i + 1))); emit64((uint64_t)a << i);
    emit64(gcd((uint64_t)a, (uint64_t)b & 0xffffff)); emit(next() / (next() % 1000 + 1));
    emit((uint32_t)((int32_t)next() % 77)); emit((uint32_t)choose(i % 13));
    emit((uint32_t)requantize((int32_t)next() >> 8, 0x5a82799a, i % 9));
    emit((uint32_t)__builtin_clz(next() | 1)); emit(__builtin_bswap32(next()));
    emit((uint32_t)__builtin_popcount(next())); emit(a < b); emit((uint64_t)a > (uint64_t)b);
    record r = make(i);
    emit((uint32_t)r.a + r.b + r.d[i % 7]); emit64((uint64_t)r.c);
  }
  static int32_t v[64];
  for (int i = 0; i < 64; i++) v[i] = (int32_t)next();
  sort(v, 64);
  for (int i = 0; i < 64; i++) emit((uint32_t)v[i]);
  static uint8_t from[200], to[200];
  for (int i = 0; i < 200; i++) from[i] = (uint8_t)next();
  for (int i = 0; i < 30; i++) {
    for (int j = 0; j < 100 + i; j++) to[i + j] = from[j + (i * 3) % 50];
    uint32_t crc = 0xffffffff;
    for (int j = 0; j < 200; j++) {
      crc ^= to[j];
      for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
    }
    emit(crc);
  }
  int32_t sum = 0;
  for (int i = 0; i < 190; i++) {
    int32_t s = (int8_t)from[i] * (int8_t)to[i] + (int16_t)(from[i + 1] << 8 | to[i]) * 3;
    if (s > 32767) s = 32767;
    if (s < -32768) s = -32768;
    sum += s;
  }
  emit((uint32_t)sum);
}
`;

/** Floating-point programs; contraction is off, so that both machines round at the same places. */
const FLOATS = `
static volatile uint32_t seed = 99;
static uint32_t next(void) { seed = seed * 1664525u + 1013904223u; return seed; }
static void emitf(float x) { union { float f; uint32_t u; } p = { x }; emit(p.u); }
static void emitd(double x) { union { double d; uint64_t u; } p = { x }; emit64(p.u); }
static float wave(float x) {
  float term = x, sum = x;
  for (int i = 1; i < 9; i++) { term *= -x * x / (float)(2 * i * (2 * i + 1)); sum += term; }
  return sum;
}
static double expo(double x) {
  double term = 1, sum = 1;
  for (int i = 1; i < 20; i++) { term *= x / i; sum += term; }
  return sum;
}
void program(void) {
  for (int i = 0; i < 60; i++) {
    float x = (float)(int32_t)next() / 65536.0f, y = (float)(next() & 0xffff) * 0.37f + 0.01f;
    double a = (double)(int32_t)next() / 3.0, b = (double)next() * 1e-5 + 0.001;
    emitf(x + y); emitf(x - y); emitf(x * y); emitf(x / y); emitf(-x); emitf(wave(x / 40000.0f));
    emitd(a + b); emitd(a - b); emitd(a * b); emitd(a / b); emitd(expo(a / 1e9)); emitd(x); emitf((float)a);
    emit((uint32_t)(int32_t)x); emit((uint32_t)(y * 10)); emit((uint32_t)(int32_t)(a / 7));
    emit64((uint64_t)(int64_t)(a * b)); emitd((double)(int64_t)(((uint64_t)next() << 20)));
    emit(x < y); emit(a >= b); emit(x == y); emit(a != b); emit(x > 0 ? 1u : 2u);
    emitf(y > x ? y : x); emitd(a < 0 ? -a : a);
    emitf(__builtin_sqrtf(y)); emitd(__builtin_sqrt(b));
#ifdef SINGLE_FMA
    emitf(__builtin_fmaf(x, y, -x)); emitf(__builtin_fmaf(-y, x, x * y));
#endif
#ifdef DOUBLE_FMA
    emitd(__builtin_fma(a, b, -a)); emitd(__builtin_fma(-a, b, a * b));
#endif
  }
}
`;

const PRELUDE = `
#include <stdint.h>
extern void emit(uint32_t x);
extern void emit64(uint64_t x);
`;

const TARGET = `
extern uint32_t results[];
static uint32_t count;
void emit(uint32_t x) { results[++count] = x; results[0] = count; }
void emit64(uint64_t x) { emit((uint32_t)x); emit((uint32_t)(x >> 32)); }
extern void program(void);
__attribute__((noreturn, section(".text.start"))) void start(void) {
  results[0] = count = 0;
  program();
  for (;;) __asm volatile("bkpt 0xab");
}
`;

const HOST = `
#include <stdio.h>
#include <inttypes.h>
void emit(uint32_t x) { printf("%" PRIx32 "\\n", x); }
void emit64(uint64_t x) { emit((uint32_t)x); emit((uint32_t)(x >> 32)); }
extern void program(void);
int main(void) { program(); return 0; }
`;

const RESULTS = DATA + 0x1_0000;

const LINKER = `
ENTRY(start)
results = ${RESULTS};
SECTIONS {
  .text ${START} : { *(.text.start) *(.text*) *(.rodata*) }
  .ARM.exidx : { *(.ARM.exidx*) }
  .data ${DATA} : AT(ADDR(.text) + SIZEOF(.text) + 64) { *(.data*) }
  .bss : { *(.bss*) *(COMMON) }
}
`;

interface Target {
  readonly core: EngineParts["core"];
  readonly fpu: EngineParts["fpu"];
  readonly flags: readonly string[];
  /** What the program may use: newlib's own fma is not fused. */
  readonly defines: readonly string[];
}

const TARGETS: readonly Target[] = [
  { core: "cortex-m0plus", fpu: "none", flags: ["-mcpu=cortex-m0plus"], defines: [] },
  { core: "cortex-m23", fpu: "none", flags: ["-mcpu=cortex-m23"], defines: [] },
  { core: "cortex-m3", fpu: "none", flags: ["-mcpu=cortex-m3"], defines: [] },
  {
    core: "cortex-m4",
    fpu: "fpv4-sp-d16",
    flags: ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    defines: ["-DSINGLE_FMA"],
  },
  {
    core: "cortex-m33",
    fpu: "fpv5-sp-d16",
    flags: ["-mcpu=cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"],
    defines: ["-DSINGLE_FMA"],
  },
  {
    core: "cortex-m7",
    fpu: "fpv5-d16",
    flags: ["-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16"],
    defines: ["-DSINGLE_FMA", "-DDOUBLE_FMA"],
  },
];

function execute(command: string, args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args: [...args] }).outputSync();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Places an image's bytes; .data is put where it runs. */
function loadElf(bench: ReturnType<typeof createBench>, path: string, folder: string): void {
  const raw = `${folder}/text.bin`;
  execute("arm-none-eabi-objcopy", ["-O", "binary", "-j", ".text", path, raw]);
  bench.load(Deno.readFileSync(raw));
  const data = `${folder}/data.bin`;
  execute("arm-none-eabi-objcopy", ["-O", "binary", "-j", ".data", path, data]);
  bench.bus.data.set(Deno.readFileSync(data));
}

const OPTIONS = ["-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fno-strict-aliasing"];
const NEEDS = {
  tools: ["arm-none-eabi-gcc", "arm-none-eabi-objcopy", "nosys.specs", "gcc"],
};

for (const [name, source] of [["integer", INTEGERS], ["floating-point", FLOATS]] as const) {
  need(NEEDS, `${name} C programs give the same words here and natively`, () => {
    const folder = Deno.makeTempDirSync();
    try {
      Deno.writeTextFileSync(`${folder}/p.c`, PRELUDE + source);
      Deno.writeTextFileSync(`${folder}/h.c`, PRELUDE + HOST);
      Deno.writeTextFileSync(`${folder}/t.c`, PRELUDE + TARGET);
      Deno.writeTextFileSync(`${folder}/l.ld`, LINKER);
      const native = (defines: readonly string[]): string[] => {
        const path = `${folder}/native`;
        const sources = [`${folder}/p.c`, `${folder}/h.c`];
        execute("gcc", [...OPTIONS, ...defines, "-O1", "-o", path, ...sources, "-lm"]);
        return execute(path, []).trim().split("\n");
      };
      for (const { core, fpu, flags, defines } of TARGETS) {
        const expected = native(defines);
        for (const level of ["-O0", "-O2", "-O3"]) {
          const elf = `${folder}/${core}${level}.elf`;
          execute("arm-none-eabi-gcc", [
            ...OPTIONS,
            ...flags,
            ...defines,
            "-mthumb",
            level,
            "-nostartfiles",
            "--specs=nosys.specs",
            "-Wl,--no-warn-rwx-segments",
            "-T",
            `${folder}/l.ld`,
            "-o",
            elf,
            `${folder}/p.c`,
            `${folder}/t.c`,
            "-lm",
          ]);
          const bench = createBench({ core, fpu });
          loadElf(bench, elf, folder);
          const stop = bench.engine.run({ maxInstructions: 20_000_000 });
          assertEquals(stop, { kind: "exit", code: 0 }, `${core} ${level}`);
          const view = new DataView(bench.bus.data.buffer);
          const at = RESULTS - DATA;
          const words = Array.from(
            { length: view.getUint32(at, true) },
            (_, index) => view.getUint32(at + 4 + index * 4, true).toString(16),
          );
          assertEquals(words, expected, `${core} ${level}`);
        }
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

/** The data memory is large enough for stack and results. */
Deno.test("the programs' results lie inside the data memory", () => {
  assertEquals(RESULTS + 0x1_0000 < DATA + SIZE, true);
});
