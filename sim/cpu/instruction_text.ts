/**
 * The instruction at an address as people read it in a fault report: with the condition of its IT block, and
 * with its name even where the core lacks it.
 *
 * @module
 */
import { MemoryFault } from "../types.ts";
import type { CpuState } from "./state.ts";
import type { Feature } from "./architecture.ts";
import { createDecoder, type Decoder, isWide } from "./decoder.ts";
import { disassemble } from "./disassembler.ts";
import { TABLE } from "./table.ts";

let everything: Decoder | undefined;

/** A decoder of all instructions, for cores that lack some; made when it is first needed. */
function decoderOfAll(): Decoder {
  everything ??= createDecoder(TABLE, new Set<Feature>(TABLE.map(({ feature }) => feature)));
  return everything;
}

/**
 * Text of an instruction.
 *
 * @param cpu State, whose ITSTATE is that of the instruction
 * @param decoder Decoder of the core
 * @param pc Address
 * @returns Its text, its halfwords if no core has it, undefined if it cannot be read
 */
export function instructionText(cpu: CpuState, decoder: Decoder, pc: number): string | undefined {
  const { bus, it } = cpu;
  try {
    const first = bus.decode16(pc);
    const second = isWide(first) ? bus.decode16((pc + 2) | 0) : 0;
    const found = decoder.inspect(first, second, pc, it !== 0) ??
      decoderOfAll().inspect(first, second, pc, it !== 0);
    if (found === undefined) {
      const halves = isWide(first) ? [first, second] : [first];
      return halves.map((half) => half.toString(16).padStart(4, "0")).join(" ");
    }
    const text = disassemble(found.op, it).replace(/ @ (<UNPREDICTABLE>|unpredictable.*)$/, "");
    return found.predictable ? text : `${text}, UNPREDICTABLE`;
  } catch (error) {
    if (error instanceof MemoryFault) return undefined;
    throw error;
  }
}
