/**
 * Turns an engine's fault (a cause and addresses) into a report for people: region, symbol, function
 * and one sentence.
 *
 * @module
 */
import { formatAddress } from "../src/base/units.ts";
import { type ElfImage, type FunctionTable, symbolAt } from "./elf/mod.ts";
import { describeAddress, type Window } from "./memory/mod.ts";
import type { FaultReport } from "./types.ts";

/** What happened, by cause; `{}` stands for the address with its region. */
const SENTENCES: Readonly<Record<string, string>> = {
  "unmapped": "{access} {}: there is no memory",
  "out-of-reach": "{access} {}: the initiator does not reach it",
  "write-to-read-only": "write to {}: it cannot be written",
  "read-denied": "read of {}: it cannot be read",
  "execute-never": "instruction fetch from {}: it is not executable",
  "mpu-denied": "{access} {}: the memory protection unit does not allow it",
  "unprivileged": "{access} {}: only privileged code may",
  "bus-error": "{access} {}: an injected bus error",
  "unaligned": "unaligned {access} {}",
  "undefined-instruction": "the instruction is undefined on this core",
  "division-by-zero": "division by zero, which CCR.DIV_0_TRP traps",
  "no-fpu": "floating-point instruction, but the FPU is absent or switched off in CPACR",
  "invalid-state": "branch to an address without the Thumb bit (bit 0), {}",
};

/** The peripheral space of every Cortex-M (DDI0403 B3.1). */
const PERIPHERALS = 0x4000_0000;
const PERIPHERALS_END = 0x6000_0000;
const UNDECLARED =
  "{access} {}: the board file declares no peripheral there ([[uart]], [[peripheral]])";

const ACCESS = { fetch: "instruction fetch from", read: "read of", write: "write to" } as const;

function functionName(functions: FunctionTable, address: number): string | undefined {
  const index = functions.at(address);
  const name = functions.names[index];
  const offset = address - (functions.start(index) ?? address);
  return name === undefined || offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
}

/**
 * Explains a fault.
 *
 * @param fault What the engine knows
 * @param elf The image that ran
 * @param functions Its functions
 * @param windows Memory of the board
 * @returns The same with region, symbol, function and message
 */
export function explainFault(
  fault: FaultReport,
  elf: ElfImage,
  functions: FunctionTable,
  windows: readonly Window[],
): FaultReport {
  const { address } = fault;
  const region = address === undefined ? undefined : describeAddress(windows, address);
  const symbol = address === undefined ? undefined : symbolAt(elf, address);
  const name = functionName(functions, fault.pc >>> 0);
  const place = address === undefined
    ? "an unknown address"
    : `${formatAddress(address)} (${
      [symbol, region].filter((one) => one !== undefined).join(", ")
    })`;
  const undeclared = fault.cause === "unmapped" && address !== undefined &&
    address >= PERIPHERALS && address < PERIPHERALS_END;
  const sentence = undeclared ? UNDECLARED : SENTENCES[fault.cause];
  const template = sentence ??
    fault.cause.replaceAll("-", " ") + (address === undefined ? "" : " at {}");
  const what = template
    .replace("{access}", fault.access === undefined ? "access to" : ACCESS[fault.access])
    .replace("{}", undeclared ? formatAddress(address) : place);
  const where = `${name === undefined ? "" : `${name}, `}pc ${formatAddress(fault.pc)}`;
  return {
    ...fault,
    region,
    symbol,
    function: name,
    message: `${fault.exception} in ${where}: ${what}`,
  };
}
