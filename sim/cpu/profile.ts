/**
 * Exclusive cost of functions: cycles and instructions are charged to a function when control leaves it.
 * Code that belongs to no function is named by the address at which it was entered.
 *
 * @module
 */
import type { EngineParts, FunctionCount } from "../types.ts";
import { formatAddress } from "../../src/base/units.ts";

/** Saved costs. */
export interface ProfileState {
  /** Cycles by function index; absent where a function has not run. */
  readonly cycles: readonly number[];
  /** Instructions by function index. */
  readonly instructions: readonly number[];
  /** Addresses of nameless code. */
  readonly nameless: readonly number[];
}

/** Cost by function index. */
export class Profile {
  readonly #parts: EngineParts;
  /** Functions, then nameless code. */
  readonly #cycles: number[] = [];
  readonly #instructions: number[] = [];
  readonly #nameless: number[] = [];
  readonly #namelessIndex = new Map<number, number>();

  /** @param parts Functions of the image */
  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /**
   * Index of the function that holds an address.
   *
   * @param address Address of an instruction
   * @param current Index of the function that is running; nameless code runs on as the same
   */
  indexOf(address: number, current: number): number {
    const index = this.#parts.functionAt(address >>> 0);
    if (index >= 0) return index;
    const named = this.#parts.functionNames.length;
    if (current >= named) return current;
    const known = this.#namelessIndex.get(address);
    if (known !== undefined) return known;
    const created = named + this.#nameless.length;
    this.#nameless.push(address >>> 0);
    this.#namelessIndex.set(address, created);
    return created;
  }

  /** Charges a function. */
  add(index: number, cycles: number, instructions: number): void {
    this.#cycles[index] = (this.#cycles[index] ?? 0) + cycles;
    this.#instructions[index] = (this.#instructions[index] ?? 0) + instructions;
  }

  /** The costs, for {@linkcode Profile.restore}. */
  save(): ProfileState {
    return {
      // Functions that have not run are holes, which slice keeps and forEach passes over.
      cycles: this.#cycles.slice(),
      instructions: this.#instructions.slice(),
      nameless: [...this.#nameless],
    };
  }

  /** Goes back to saved costs. Nameless code that was found later keeps its index. */
  restore(state: ProfileState): void {
    this.reset();
    state.cycles.forEach((cycles, index) => this.#cycles[index] = cycles);
    state.instructions.forEach((count, index) => this.#instructions[index] = count);
    state.nameless.forEach((address, index) => {
      if (this.#nameless[index] === address) return;
      this.#nameless[index] = address;
      this.#namelessIndex.set(address, this.#parts.functionNames.length + index);
    });
  }

  /** Zeroes all costs. */
  reset(): void {
    this.#cycles.length = 0;
    this.#instructions.length = 0;
  }

  /** Costs of the functions that ran, descending by cycles, then by name. */
  list(): readonly FunctionCount[] {
    const named = this.#parts.functionNames;
    const list: FunctionCount[] = [];
    this.#instructions.forEach((instructions, index) => {
      const name = named[index] ?? formatAddress(this.#nameless[index - named.length] ?? 0);
      list.push({ name, cycles: this.#cycles[index] ?? 0, instructions });
    });
    return list.sort((a, b) => b.cycles - a.cycles || (a.name < b.name ? -1 : 1));
  }
}
