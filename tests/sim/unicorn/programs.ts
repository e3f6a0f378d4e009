/**
 * Compiled programs without exceptions, for engines that have none: what they compute ends on the console.
 *
 * @module
 */
import type { CoreName, FpuName } from "../../../sim/mod.ts";
import { EXAMPLE, type Program } from "../link.ts";

const START = EXAMPLE.c.indexOf("__attribute__((noinline)) int sum");
const PRELUDE = EXAMPLE.c.slice(0, START);

function program(declarations: string, body: string, flags: readonly string[]): Program {
  return {
    ...EXAMPLE,
    flags,
    c: `${PRELUDE}
void *memcpy(void *to, const void *from, u32 n) {
  for (u32 i = 0; i < n; i++) ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}
__attribute__((noinline)) static void put(u32 value) {
  char text[10];
  for (int i = 0; i < 8; i++) text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  text[8] = '\\n'; text[9] = 0;
  semihost(4, text);
}
${declarations}
void Reset_Handler(void) {
  for (u32 *from = &data_load, *to = &data_start; to < &data_end;) *to++ = *from++;
  for (u32 *to = &bss_start; to < &bss_end;) *to++ = 0;
  ${body}
  struct { u32 reason, code; } block = {0x20026, 7};
  semihost(0x20, &block);
  for (;;) {}
}
`,
  };
}

/** Integer code of many shapes: IT blocks, switches, divisions, recursion, multiples, bytes and halfwords. */
const INTEGER = [
  `
static u32 state = 12345;
static u32 random(void) { state ^= state << 13; state ^= state >> 17; state ^= state << 5; return state; }
static u32 words[64]; static unsigned short halves[64]; static unsigned char bytes[256];
__attribute__((noinline)) static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
__attribute__((noinline)) static u32 choose(u32 n) {
  switch (n % 9) {
    case 0: return n + 7; case 1: return n ^ 0x55; case 2: return n * 5; case 3: return ~n;
    case 4: return n >> 3; case 5: return n / 7; case 6: return n % 11; case 7: return n << 4;
    default: return n - 1;
  }
}
__attribute__((noinline)) static int clamp(int x, int low, int high) { return x < low ? low : x > high ? high : x; }
__attribute__((noinline)) static u32 crc(const unsigned char *p, u32 n) {
  u32 c = ~0u;
  for (u32 i = 0; i < n; i++) { c ^= p[i]; for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0xedb88320u : c >> 1; }
  return ~c;
}
__attribute__((noinline)) static void sort(u32 *a, int n) {
  for (int i = 1; i < n; i++) { u32 x = a[i]; int j = i; while (j > 0 && a[j - 1] > x) { a[j] = a[j - 1]; j--; } a[j] = x; }
}
typedef struct { u32 a, b, c, d, e, f; } Six;
__attribute__((noinline)) static Six mix(Six s) { Six r = {s.f, s.a + 1, s.b, s.c ^ 3, s.d, s.e}; return r; }
static unsigned long long wide = 1;
`,
  `
  for (int i = 0; i < 256; i++) bytes[i] = (unsigned char)random();
  for (int i = 0; i < 64; i++) { words[i] = random(); halves[i] = (unsigned short)random(); }
  u32 all = 0;
  for (int i = 0; i < 200; i++) {
    all = all * 31 + choose(random());
    all += (u32)clamp((int)random() >> 8, -1000, 1000);
    halves[i & 63] += (unsigned short)all;
    all ^= (u32)(signed char)bytes[i] + (u32)(short)halves[(i * 7) & 63];
    wide = wide * 6364136223846793005ull + all;
    wide /= (all & 7) + 1;
  }
  sort(words, 64);
  Six six = {1, 2, 3, 4, 5, 6};
  for (int i = 0; i < 20; i++) six = mix(six);
  put(all); put(crc(bytes, 256)); put(words[0]); put(words[63]); put(fibonacci(10));
  put(six.a + six.f); put((u32)wide); put((u32)(wide >> 32));
`,
] as const;

/** Single precision: arithmetic, conversions, comparisons, loads and stores of several. */
const FLOAT = [
  `
static float a[32], b[32];
__attribute__((noinline)) static float dot(const float *x, const float *y, int n) {
  float s = 0; for (int i = 0; i < n; i++) s += x[i] * y[i]; return s;
}
__attribute__((noinline)) static float root(float x) {
  float g = x > 1 ? x : 1; for (int i = 0; i < 12; i++) g = 0.5f * (g + x / g); return g;
}
static u32 bits(float f) { union { float f; u32 u; } v = {f}; return v.u; }
`,
  `
  *(volatile u32 *)0xe000ed88 |= 0xf << 20;
  __asm__ volatile("dsb\\n isb" ::: "memory");
  for (int i = 0; i < 32; i++) { a[i] = (float)(i * 37 % 11) - 3.5f; b[i] = (float)(i + 1) / 7.0f; }
  put(bits(dot(a, b, 32))); put(bits(root(2.0f))); put((u32)(int)(root(1234.5f) * 100.0f));
  float low = a[0]; for (int i = 1; i < 32; i++) if (a[i] < low) low = a[i];
  put(bits(low)); put(bits(-dot(b, b, 31)));
`,
] as const;

/** Programs by name, with the core and FPU of the board that they are for. */
export const PROGRAMS: readonly {
  readonly name: string;
  readonly core: CoreName;
  readonly fpu: FpuName;
  readonly program: Program;
}[] = [
  {
    name: "integer, M0+, -O1",
    core: "cortex-m0plus",
    fpu: "none",
    program: withRuntime(program(...INTEGER, ["-mcpu=cortex-m0plus"])),
  },
  {
    name: "integer, M3, -O1",
    core: "cortex-m3",
    fpu: "none",
    program: withRuntime(program(...INTEGER, ["-mcpu=cortex-m3"])),
  },
  {
    name: "integer, M4",
    core: "cortex-m4",
    fpu: "none",
    program: withRuntime(program(...INTEGER, ["-mcpu=cortex-m4", "-fno-inline"])),
  },
  {
    name: "integer, M7",
    core: "cortex-m7",
    fpu: "fpv5-sp-d16",
    program: withRuntime(program(...INTEGER, ["-mcpu=cortex-m7", "-funroll-loops"])),
  },
  {
    name: "integer, M33",
    core: "cortex-m33",
    fpu: "none",
    program: withRuntime(program(...INTEGER, ["-mcpu=cortex-m33", "-mfloat-abi=soft"])),
  },
  {
    name: "integer, M23",
    core: "cortex-m23",
    fpu: "none",
    program: withRuntime(program(...INTEGER, ["-mcpu=cortex-m23"])),
  },
  {
    name: "float, M4",
    core: "cortex-m4",
    fpu: "fpv4-sp-d16",
    program: program(...FLOAT, ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]),
  },
  {
    name: "float, M7",
    core: "cortex-m7",
    fpu: "fpv5-sp-d16",
    program: program(...FLOAT, ["-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"]),
  },
  { name: "example", core: "cortex-m7", fpu: "fpv5-sp-d16", program: EXAMPLE },
];

/** The compiler's own functions: division on cores without it, 64-bit arithmetic. */
function withRuntime(source: Program): Program {
  return { ...source, libraries: ["-lgcc"] };
}
