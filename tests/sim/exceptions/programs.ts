/**
 * Builds the C programs of `firmware/` for a core and runs them here and in QEMU.
 *
 * @module
 */
import { loadBoard } from "../../../src/board/mod.ts";
import type { Board, CoreName, FpuName } from "../../../src/board/types.ts";
import { createMachine, type EngineName, type Machine, parseElf } from "../../../sim/mod.ts";
import { fromFileUrl } from "../../support/paths.ts";

/** A core, how to compile for it, and a board of QEMU that has it. */
export interface Target {
  readonly core: CoreName;
  readonly fpu: FpuName;
  readonly flags: readonly string[];
  /** Absent for Armv8-M: QEMU's has the Security Extension, and starts in Secure state. */
  readonly qemu: string | undefined;
}

const FP = ["-mfloat-abi=hard", "-DWITH_FP"];

/** Targets by name. */
export const TARGETS = {
  m0: {
    core: "cortex-m0plus",
    fpu: "none",
    flags: ["-mcpu=cortex-m0plus"],
    qemu: "microbit",
  },
  m3: { core: "cortex-m3", fpu: "none", flags: ["-mcpu=cortex-m3"], qemu: "mps2-an385" },
  m4: {
    core: "cortex-m4",
    fpu: "fpv4-sp-d16",
    flags: ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", ...FP],
    qemu: "mps2-an386",
  },
  m23: { core: "cortex-m23", fpu: "none", flags: ["-mcpu=cortex-m23"], qemu: undefined },
  m33: { core: "cortex-m33", fpu: "none", flags: ["-mcpu=cortex-m33+nofp"], qemu: undefined },
  m7: {
    core: "cortex-m7",
    fpu: "fpv5-d16",
    flags: ["-mcpu=cortex-m7", "-mfpu=fpv5-d16", ...FP],
    qemu: "mps2-an500",
  },
} as const satisfies Record<string, Target>;

/** What tests that use this need. */
export const NEEDS = { tools: ["arm-none-eabi-gcc", "qemu-system-arm"] } as const;

const FIRMWARE = fromFileUrl(new URL("./firmware", import.meta.url));

function run(command: string, args: readonly string[]): string {
  const result = new Deno.Command(command, { args: [...args] }).outputSync();
  const text = new TextDecoder();
  const output = text.decode(result.stdout) + text.decode(result.stderr);
  if (!result.success) throw new Error(`${command} ${args.join(" ")} failed:\n${output}`);
  return output;
}

/** Compiles a program, gives its path to a function, cleans up. */
export async function withProgram(
  source: string,
  target: Target,
  defines: readonly string[],
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/program.elf`;
    run("arm-none-eabi-gcc", [
      "-std=gnu11",
      "-mthumb",
      "-masm-syntax-unified",
      ...target.flags,
      ...defines,
      "-O1",
      "-ffreestanding",
      "-nostdlib",
      "-Wall",
      "-Wextra",
      "-Werror",
      `-Wl,-T,${FIRMWARE}/image.ld,--build-id=none,--no-warn-rwx-segments`,
      "-o",
      path,
      `${FIRMWARE}/${source}`,
      "-lgcc",
    ]);
    await use(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What a program prints in QEMU until it exits. */
export function inQemu(path: string, target: Target): string {
  if (target.qemu === undefined) throw new Error(`QEMU has no ${target.core} like ours`);
  return run("timeout", [
    "60",
    "qemu-system-arm",
    ...["-M", target.qemu, "-kernel", path, "-nographic", "-monitor", "none", "-serial", "none"],
    ...["-semihosting-config", "enable=on,target=native"],
  ]);
}

/** The MPS2 board with another core. */
export async function boardWith({ core, fpu }: Target): Promise<Board> {
  const board = await loadBoard("mps2-an386");
  const { nvic, ...cpu } = board.cpu;
  const small = core === "cortex-m0plus" || core === "cortex-m23";
  const own = { ...(!small && { nvic }), mpuRegions: 0, bitBand: false };
  return { ...board, cpu: { ...cpu, ...own, core, fpu } };
}

/** A machine with a program; HardFault's handler is the program's too. */
export async function machineFor(
  path: string,
  target: Target,
  engine: EngineName,
): Promise<Machine> {
  const elf = parseElf(Deno.readFileSync(path), path);
  return createMachine(await boardWith(target), elf, { engine, faults: "vector" });
}
