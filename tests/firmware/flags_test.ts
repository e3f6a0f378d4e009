import { assert, assertEquals } from "@std/assert";
import { targetFlags } from "../../src/firmware/flags.ts";
import type { Cpu } from "../../src/board/types.ts";
import { need } from "../support/need.ts";

const cpu = (fields: Partial<Cpu>): Cpu => ({
  core: "cortex-m33",
  fpu: "fpv5-sp-d16",
  clockHz: 1,
  source: "",
  ...fields,
});

Deno.test("targetFlags() leaves the DSP extension out where the core is built without it", () => {
  assert(targetFlags(cpu({}), "gcc").includes("-mcpu=cortex-m33"));
  assert(targetFlags(cpu({ dsp: false }), "gcc").includes("-mcpu=cortex-m33+nodsp"));
  const zig = targetFlags(cpu({ dsp: false }), "zig").at(-1);
  assertEquals(zig, "-mcpu=cortex_m33-dsp+fp_armv8d16sp");
});

for (const [kind, command] of [["gcc", "arm-none-eabi-gcc"], ["clang", "clang"]] as const) {
  need({ tools: [command] }, `${command} accepts the flags of every core`, () => {
    const cores: Cpu[] = [
      cpu({ core: "cortex-m0", fpu: "none" }),
      cpu({ core: "cortex-m0plus", fpu: "none" }),
      cpu({ core: "cortex-m3", fpu: "none" }),
      cpu({ core: "cortex-m4", fpu: "fpv4-sp-d16" }),
      cpu({ core: "cortex-m7", fpu: "fpv5-d16" }),
      cpu({ core: "cortex-m23", fpu: "none" }),
      cpu({}),
      cpu({ dsp: false }),
      cpu({ fpu: "none", dsp: false }),
    ];
    const macro = (one: Cpu): string => {
      const args = [...targetFlags(one, kind), "-dM", "-E", "-x", "c", "/dev/null"];
      const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
      assert(success, `${one.core}: ${new TextDecoder().decode(stderr)}`);
      const text = new TextDecoder().decode(stdout);
      const dsp = /__ARM_FEATURE_DSP 1/.test(text) ? " dsp" : "";
      return `${/__ARM_ARCH_(\d\S*)__ 1/.exec(text)?.[1]}${dsp}`;
    };
    assertEquals(cores.map(macro), [
      "6M",
      "6M",
      "7M",
      "7EM dsp",
      "7EM dsp",
      "8M_BASE",
      "8M_MAIN dsp",
      "8M_MAIN",
      "8M_MAIN",
    ]);
  });
}
