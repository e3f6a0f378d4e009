/**
 * Initiators that a board file does not have, such as an accelerator on the FPGA beside the chip or one
 * that is still being designed: who it is and which regions it reaches. TVM calls them targets.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import type { Board } from "./types.ts";

/** An initiator besides those of the board file. */
export interface InitiatorSpec {
  /** Name, as functions have it as their target, e.g. `accel`. */
  readonly name: string;
  /** Regions that it reaches, by name. */
  readonly regions?: readonly string[] | undefined;
  /** An initiator of the board whose reach it has. */
  readonly like?: string | undefined;
}

const FORM = '"name=accel;regions=sram1,flash" or "name=accel;like=dma1"';

/**
 * Reads an initiator in the spelling of the pools' flags.
 *
 * @param text `name=accel;regions=sram1,sram2` or `name=accel;like=dma1`
 * @returns The initiator
 * @throws {UsageError} E-BOARD-INITIATOR if the text has another form
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseInitiator } from "./initiator.ts";
 *
 * assertEquals(parseInitiator("name=accel;regions=sram1,flash"), {
 *   name: "accel",
 *   regions: ["sram1", "flash"],
 *   like: undefined,
 * });
 * ```
 */
export function parseInitiator(text: string): InitiatorSpec {
  const values = new Map<string, string>();
  for (const pair of text.split(";").map((one) => one.trim()).filter((one) => one !== "")) {
    const [, key = "", value = ""] = /^([a-z]+)\s*=\s*(.+)$/.exec(pair) ?? [];
    if (!["name", "regions", "like"].includes(key) || values.has(key)) {
      throw specError(text, `"${pair}" is no key with a value, ${FORM} is needed`);
    }
    values.set(key, value.trim());
  }
  const name = values.get("name");
  const regions = values.get("regions")?.split(",").map((one) => one.trim());
  const like = values.get("like");
  if (name === undefined || !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
    throw specError(text, `it has no name of letters, digits, "_" and "-", ${FORM} is needed`);
  }
  if ((regions === undefined) === (like === undefined)) {
    throw specError(text, `regions or like is needed, not both, e.g. ${FORM}`);
  }
  return { name, regions, like };
}

/**
 * A board with further initiators in its regions.
 *
 * @param board The board; it stays as it is
 * @param specs Initiators that it does not have
 * @returns The board with them
 * @throws {InputError} E-BOARD-INITIATOR if the board has an initiator of the name already, or lacks a region
 *   or the initiator that is named
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "./mod.ts";
 * import { parseInitiator, withInitiators } from "./initiator.ts";
 *
 * const board = withInitiators(await loadBoard("stm32h743"), [parseInitiator("name=accel;like=dma1")]);
 * const reached = board.regions.filter(({ initiators }) => initiators.includes("accel"));
 * assertEquals(reached.some(({ name }) => name === "dtcm"), false);
 * assertEquals(reached.some(({ name }) => name === "axi_sram"), true);
 * ```
 */
export function withInitiators(board: Board, specs: readonly InitiatorSpec[]): Board {
  return specs.reduce(withOne, board);
}

/**
 * A board with the initiators that a firmware was built for, as far as it lacks them and has their
 * regions: what a manifest says, for a board that was read anew.
 *
 * @param board The board; it stays as it is
 * @param specs Initiators with their regions
 */
export function withMissingInitiators(
  board: Board,
  specs: readonly { readonly name: string; readonly regions: readonly string[] }[],
): Board {
  const known = new Set(board.regions.flatMap(({ initiators }) => initiators));
  const names = new Set(board.regions.map(({ name }) => name));
  return withInitiators(
    board,
    specs.filter(({ name }) => !known.has(name)).map(({ name, regions }) => ({
      name,
      regions: regions.filter((region) => names.has(region)),
    })),
  );
}

function withOne(board: Board, { name, regions, like }: InitiatorSpec): Board {
  const known = new Set(board.regions.flatMap(({ initiators }) => initiators));
  if (known.has(name)) {
    throw boardError(`Cannot add initiator "${name}" to board ${board.name}: it has one`);
  }
  if (like !== undefined && !known.has(like)) {
    throw boardError(
      `Cannot add initiator "${name}" like "${like}": board ${board.name} has ${
        [...known].join(", ")
      }`,
      hintOf(like, known),
    );
  }
  const names = board.regions.map((region) => region.name);
  const unknown = regions?.find((region) => !names.includes(region));
  if (unknown !== undefined) {
    throw boardError(
      `Cannot add initiator "${name}" to region "${unknown}": board ${board.name} has ${
        names.join(", ")
      }`,
      hintOf(unknown, names),
    );
  }
  return {
    ...board,
    regions: board.regions.map((region) => {
      const reached = regions?.includes(region.name) ?? region.initiators.includes(like ?? "");
      return reached ? { ...region, initiators: [...region.initiators, name] } : region;
    }),
  };
}

function hintOf(name: string, known: Iterable<string>): readonly string[] {
  const guess = closest(name, known);
  return guess === undefined ? [] : [`Did you mean "${guess}"?`];
}

function specError(text: string, what: string): UsageError {
  return new UsageError("E-BOARD-INITIATOR", `Cannot read the initiator "${text}": ${what}`);
}

function boardError(message: string, hints: readonly string[] = []): InputError {
  return new InputError("E-BOARD-INITIATOR", message, { hints });
}
