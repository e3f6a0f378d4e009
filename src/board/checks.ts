/**
 * What a well-formed board file can still get wrong about its memories: ranges that overlap, aliases of
 * nothing, budgets that do not add up. Each check is a function that gives its problems;
 * {@linkcode checkBoard} runs all.
 *
 * @module
 */
import { formatAddress, formatBytes } from "../base/units.ts";
import { checkCpu, checkSources, checkVectorTable } from "./checks_core.ts";
import type { Path } from "./locate.ts";
import { didYouMean, type Problem, problem } from "./problems.ts";
import { ADDRESS_SPACE, contains, formatRange, overlaps, type Range } from "./range.ts";
import { ATOMIC_LENGTH, checkPeripherals, uartLength } from "./peripherals.ts";
import type { Board } from "./types.ts";

/** Whatever takes addresses. */
interface Window extends Range {
  readonly name: string;
  readonly path: Path;
  readonly kind: "region" | "alias" | "uart" | "peripheral";
}

/** Everything that is wrong with the meaning of a board file. */
export function checkBoard(board: Board): Problem[] {
  const windows = windowsOf(board);
  return [
    ...checkNames(windows),
    ...checkRanges(windows),
    ...checkOverlaps(windows),
    ...checkReserved(board),
    ...checkAliases(board),
    ...checkBudgets(board),
    ...checkPeripherals(board),
    ...checkVectorTable(board),
    ...checkCpu(board),
    ...checkSources(board),
  ];
}

function windowsOf(board: Board): Window[] {
  return [
    ...board.regions.map(({ name, origin, length }, index) => (
      { name, origin, length, path: ["region", index], kind: "region" } as const
    )),
    ...board.aliases.map(({ name, origin, length }, index) => (
      { name, origin, length, path: ["alias", index], kind: "alias" } as const
    )),
    ...(board.uarts ?? []).map((uart, index) => (
      {
        name: uart.name,
        origin: uart.origin,
        length: uartLength(uart),
        path: ["uart", index],
        kind: "uart",
      } as const
    )),
    ...(board.peripherals ?? []).map(({ name, origin, length, atomicAliases }, index) => (
      {
        name,
        origin,
        length: atomicAliases === true ? Math.max(length, ATOMIC_LENGTH) : length,
        path: ["peripheral", index],
        kind: "peripheral",
      } as const
    )),
  ];
}

function checkNames(windows: readonly Window[]): Problem[] {
  const seen = new Map<string, Window>();
  return windows.flatMap((window) => {
    const before = seen.get(window.name);
    seen.set(window.name, before ?? window);
    if (before === undefined) return [];
    return [problem(
      "E-BOARD-NAME",
      `Cannot name ${window.kind} "${window.name}": the name is taken by the ${before.kind} at ` +
        `${formatAddress(before.origin)}, needed a name that nothing else on the board has`,
      [...window.path, "name"],
    )];
  });
}

function checkRanges(windows: readonly Window[]): Problem[] {
  return windows.filter(({ origin, length }) => origin + length > ADDRESS_SPACE).map((window) =>
    problem(
      "E-BOARD-RANGE",
      `Cannot map ${window.kind} "${window.name}": ${
        formatRange(window)
      } ends past 2^32, needed a ` +
        `length of at most ${formatBytes(ADDRESS_SPACE - window.origin)}`,
      [...window.path, "length"],
    )
  );
}

function checkOverlaps(windows: readonly Window[]): Problem[] {
  return windows.flatMap((window, index) => {
    const other = windows.slice(0, index).find((before) => overlaps(before, window));
    if (other === undefined) return [];
    return [problem(
      "E-BOARD-OVERLAP",
      `Cannot map ${window.kind} "${window.name}": ${formatRange(window)} overlaps ${other.kind} ` +
        `"${other.name}" ${formatRange(other)}, needed ranges that share no byte`,
      [...window.path, "origin"],
      window.kind === "region"
        ? ["If both are the same memory, make one of them an [[alias]] at its own address."]
        : ["The addresses of an alias are free of regions and of other aliases."],
    )];
  });
}

function checkReserved(board: Board): Problem[] {
  return board.regions.flatMap((region, index) =>
    region.reserved.filter((range) => !contains(region, range)).map((range) =>
      problem(
        "E-BOARD-RESERVED",
        `Cannot reserve ${formatRange(range)} for ${range.purpose}: it is not inside region ` +
          `"${region.name}", needed a range inside ${formatRange(region)}`,
        ["region", index, "reserved", region.reserved.indexOf(range), "origin"],
        ["The origin of a reserved range is an absolute address."],
      )
    )
  );
}

function checkAliases(board: Board): Problem[] {
  const names = board.regions.map((region) => region.name);
  return board.aliases.flatMap((alias, index) => {
    const region = board.regions.find((candidate) => candidate.name === alias.of);
    if (region === undefined) {
      return [problem(
        "E-BOARD-ALIAS",
        `Cannot alias "${alias.of}": no region has that name, needed one of ${names.join(", ")}`,
        ["alias", index, "of"],
        [
          ...didYouMean(alias.of, names),
          "An alias shows a [[region]] of the same file at another address.",
        ],
      )];
    }
    if (alias.offset + alias.length <= region.length) return [];
    const room = region.length - alias.offset;
    return [problem(
      "E-BOARD-ALIAS-LENGTH",
      `Cannot alias ${formatBytes(alias.length)} of region "${region.name}" from offset ` +
        `${formatBytes(alias.offset)}: the region has ${formatBytes(region.length)}, needed ` +
        (room > 0 ? `a length of at most ${formatBytes(room)}` : "an offset inside the region"),
      ["alias", index, "length"],
    )];
  });
}

function checkBudgets(board: Board): Problem[] {
  return board.budgets.flatMap((budget, index) => {
    const path: Path = ["budget", index];
    const problems: Problem[] = [];
    const names = board.regions.map((region) => region.name);
    if (budget.length % budget.granule !== 0) {
      problems.push(granuleProblem(`budget "${budget.name}"`, budget, [...path, "length"]));
    }
    let sum = 0;
    budget.regions.forEach((name, position) => {
      const regionIndex = names.indexOf(name);
      const region = board.regions[regionIndex];
      if (region === undefined || budget.regions.indexOf(name) !== position) {
        problems.push(problem(
          "E-BOARD-BUDGET",
          `Cannot count "${name}" in budget "${budget.name}": ` +
            (region === undefined ? "no region has that name" : "it is listed twice") +
            `, needed each region once, of ${names.join(", ")}`,
          [...path, "regions", position],
          region === undefined ? didYouMean(name, names) : [],
        ));
        return;
      }
      sum += region.length;
      if (region.length % budget.granule !== 0) {
        const size = { length: region.length, granule: budget.granule };
        const regionPath = ["region", regionIndex, "length"];
        problems.push(granuleProblem(`region "${name}"`, size, regionPath));
      }
    });
    if (sum > budget.length) {
      problems.push(problem(
        "E-BOARD-BUDGET-LENGTH",
        `Cannot split budget "${budget.name}": its regions ${budget.regions.join(", ")} take ` +
          `${formatBytes(sum)}, needed at most ${formatBytes(budget.length)}`,
        [...path, "length"],
      ));
    }
    return problems;
  });
}

function granuleProblem(
  what: string,
  size: { readonly length: number; readonly granule: number },
  path: Path,
): Problem {
  return problem(
    "E-BOARD-BUDGET-GRANULE",
    `Cannot split ${what}: ${
      formatBytes(size.length)
    } is not whole granules, needed a multiple of ` +
      formatBytes(size.granule),
    path,
  );
}
