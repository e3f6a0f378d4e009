/**
 * Where a program's heap and stack may be, for SYS_HEAPINFO: the rest of the memory that its stack starts
 * in, shared as in the one-region model of Arm's libraries: the heap grows up from the image, the stack
 * down from the end.
 *
 * @module
 */
import type { Board } from "../../../src/board/types.ts";
import type { ElfImage } from "../../elf/mod.ts";

const SHF_ALLOC = 2;

/**
 * The four words of SYS_HEAPINFO.
 *
 * @param board The board
 * @param elf The program
 * @param stackPointer Initial stack pointer, from the vector table
 * @returns Heap base, heap limit, stack base, stack limit; zeros ("not known") where the stack is in no region
 */
export function heapInfo(board: Board, elf: ElfImage, stackPointer: number): number[] {
  const top = stackPointer >>> 0;
  const region = board.regions.find(({ origin, length, access }) =>
    access.write && top > origin && top <= origin + length
  );
  if (region === undefined) return [0, 0, 0, 0];
  const { origin } = region;
  const named = elf.symbol("end") ?? elf.symbol("_end") ?? elf.symbol("__end__");
  const inside = (address: number): boolean => address >= origin && address <= top;
  const ends = [
    ...elf.sections.filter(({ flags }) => (flags & SHF_ALLOC) !== 0)
      .map(({ addr, size }) => addr + size),
    ...elf.segments.map(({ vaddr, memsz }) => vaddr + memsz),
  ].filter((end) => inside(end) && end < top);
  const last = named !== undefined && inside(named.address)
    ? named.address
    : Math.max(origin, ...ends);
  const base = Math.ceil(last / 8) * 8;
  return [base, top, top, base];
}
