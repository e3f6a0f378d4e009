/**
 * A board for people: its memories, what they cost and who reaches them.
 *
 * @module
 */
import type { Access, Board, WaitStates } from "../../board/types.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";
import { type Column, type Row, table } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { head: "Memory region", align: "right" },
  { head: "Kind", align: "left" },
  { head: "Origin", align: "left" },
  { head: "Length", align: "right" },
  { head: "Access", align: "left" },
  { head: "Port", align: "left" },
  { head: "Width", align: "right" },
  { head: "Waits r/w/x", align: "left" },
  { head: "Reached by", align: "left" },
];

/**
 * Prints a board. A wait state that no source states prints as `?`.
 *
 * @param board The board
 * @param options How to print
 * @returns Lines without a final newline
 */
export function boardTable(board: Board, options?: TextOptions): string {
  const style = styleOf(options);
  const { cpu } = board;
  const rows: Row[] = board.regions.map((region) => [
    printable(region.name),
    region.kind,
    formatAddress(region.origin),
    formatBytes(region.length),
    rights(region.access),
    printable(region.port ?? ""),
    region.width === undefined ? "?" : `${region.width}`,
    waits(region.waitStates, region.access),
    region.initiators.map(printable).join(" "),
  ]);
  for (const alias of board.aliases) {
    rows.push([
      printable(alias.name),
      "alias",
      formatAddress(alias.origin),
      formatBytes(alias.length),
      rights(alias.access),
      printable(alias.port ?? ""),
      alias.width === undefined ? "?" : `${alias.width}`,
      waits(alias.waitStates, alias.access),
      `the bytes of ${printable(alias.of)}`,
    ]);
  }
  const caches = [cpu.icache && "I-cache", cpu.dcache && "D-cache"].filter(Boolean).join(", ");
  return [
    `${style.colors.bold(printable(board.name))}  ${printable(board.title)}`,
    `${cpu.core}${
      cpu.revision === undefined ? "" : ` ${printable(cpu.revision)}`
    }, FPU ${cpu.fpu}, ` +
    `${cpu.clockHz / 1e6} MHz${
      caches === "" ? "" : `, ${caches} (off after reset)`
    }, vector table ` +
    formatAddress(board.vectorTable),
    "",
    table(COLUMNS, rows, style),
    ...board.budgets.map((budget) =>
      `\n${printable(budget.name)}: ${budget.regions.map(printable).join(" + ")} share ${
        formatBytes(budget.length)
      } in steps of ${formatBytes(budget.granule)}`
    ),
    "",
    "Sources",
    ...Object.entries(board.sources).map(([key, title]) =>
      `  ${printable(key)}: ${printable(title)}`
    ),
  ].join("\n");
}

function rights({ read, write, execute }: Access): string {
  return `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}`;
}

function waits(states: WaitStates | undefined, access: Access): string {
  const show = (allowed: boolean, count: number | undefined) => allowed ? `${count ?? "?"}` : "-";
  return [
    show(access.read, states?.read),
    show(access.write, states?.write),
    show(access.execute, states?.fetch),
  ].join("/");
}
