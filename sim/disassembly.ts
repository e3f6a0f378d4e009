/**
 * Instructions and calls of a stopped machine, as text.
 *
 * @module
 */
import { formatAddress } from "../src/base/units.ts";
import { createDecoder, isWide } from "./cpu/decoder.ts";
import { disassemble } from "./cpu/disassembler.ts";
import type { CpuState } from "./cpu/state.ts";
import { TABLE } from "./cpu/table.ts";
import type { FunctionTable } from "./elf/mod.ts";
import type { DisassembledInstruction, Frame } from "./machine_api.ts";
import type { BoardBus } from "./memory/mod.ts";

/** Reads halfwords of memory, uncounted; undefined where there is none. */
function halfword(bus: BoardBus, address: number): number | undefined {
  const at = address >>> 0;
  if (!bus.windows.some(({ origin, end }) => at >= origin && at + 2 <= end)) return undefined;
  const [low = 0, high = 0] = bus.hostRead(at, 2);
  return low | (high << 8);
}

/**
 * The instructions from an address on; fewer where memory ends.
 *
 * @param bus Memory
 * @param state Which instructions the core has
 * @param address First address
 * @param count Number
 */
export function disassembleAt(
  bus: BoardBus,
  state: CpuState,
  address: number,
  count: number,
): DisassembledInstruction[] {
  const decoder = createDecoder(TABLE, state.features);
  const list: DisassembledInstruction[] = [];
  for (let at = address & ~1; list.length < count;) {
    const first = halfword(bus, at);
    if (first === undefined) break;
    const second = isWide(first) ? halfword(bus, at + 2) : 0;
    if (second === undefined) break;
    const op = decoder.decode(first, second, at | 0, false);
    const size = isWide(first) ? 4 : 2;
    const raw = (size === 4 ? [first, second] : [first]).map((one) =>
      one.toString(16).padStart(4, "0")
    );
    list.push({
      address: at >>> 0,
      size,
      text: op === undefined ? raw.join(" ") : disassemble(op),
    });
    at += size;
  }
  return list;
}

/** Bytes of the call instruction (BL, BLX) at an address, 0 if it is none. */
export function callSize(bus: BoardBus, address: number): 0 | 2 | 4 {
  const first = halfword(bus, address);
  if (first === undefined) return 0;
  if ((first & 0xff87) === 0x4780) return 2;
  if ((first & 0xf800) !== 0xf000) return 0;
  const second = halfword(bus, address + 2) ?? 0;
  return (second & 0xd000) === 0xd000 ? 4 : 0;
}

/** True if a word is the address behind a call instruction, with the Thumb bit. */
function isReturnAddress(bus: BoardBus, word: number): boolean {
  if ((word & 1) === 0) return false;
  const to = word & ~1;
  return callSize(bus, to - 4) === 4 || callSize(bus, to - 2) === 2;
}

/** Frames that are looked for, and words of the stack that are looked at. */
const MOST_FRAMES = 64;
const MOST_WORDS = 4096;

/**
 * The calls that led to the present instruction, as far as LR and the stack tell.
 *
 * @param bus Memory
 * @param state Registers
 * @param functions Functions of the image
 */
export function backtraceOf(bus: BoardBus, state: CpuState, functions: FunctionTable): Frame[] {
  const frame = (address: number): Frame => {
    const index = functions.at(address);
    const offset = address - (functions.start(index) ?? address);
    const name = functions.names[index] ?? formatAddress(address);
    return {
      address: address >>> 0,
      function: offset === 0 ? name : `${name}+0x${offset.toString(16)}`,
    };
  };
  const inside = (address: number): number => functions.at(address >>> 0);
  const pc = (state.registers[15] ?? 0) >>> 0;
  const frames = [frame(pc)];
  const lr = (state.registers[14] ?? 0) >>> 0;
  if (isReturnAddress(bus, lr) && inside(lr - 2) !== inside(pc)) {
    frames.push(frame((lr & ~1) >>> 0));
  }
  const sp = (state.registers[13] ?? 0) >>> 0;
  const stack = bus.windows.find(({ origin, end }) => sp >= origin && sp < end);
  const words = Math.min(MOST_WORDS, ((stack?.end ?? sp) - sp) >> 2);
  const bytes = words > 0 ? bus.hostRead(sp, words * 4) : new Uint8Array(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let index = 0; index < words && frames.length < MOST_FRAMES; index++) {
    const word = view.getUint32(index * 4, true);
    const to = (word & ~1) >>> 0;
    if (isReturnAddress(bus, word) && frames.at(-1)?.address !== to) frames.push(frame(to));
  }
  return frames;
}
