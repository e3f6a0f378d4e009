/**
 * Which output section goes to which memory: the decisions behind the linker script, the pool arrays
 * and the manifest, made once from board and plan.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { closest, formatAddress } from "../base/units.ts";
import type { Alias, Board, Region } from "../board/types.ts";
import type { Plan, Pool } from "../plan/types.ts";
import { nameScope, toIdentifier } from "./identifiers.ts";

/** A stretch of a region that the firmware may use: what MEMORY of the linker script lists. */
export interface Memory {
  /** Name in the linker script. */
  readonly name: string;
  /** The region. */
  readonly region: Region;
  /** First address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
}

/** A pool as an array in a section of its own. */
export interface PoolLayout {
  /** The pool. */
  readonly pool: Pool;
  /** Bytes of the array. */
  readonly size: number;
  /** Field of the pools' struct, and part of the names below. */
  readonly field: string;
  /** C array. */
  readonly symbol: string;
  /** Macro with its size. */
  readonly sizeMacro: string;
  /** Output section. */
  readonly section: string;
  /** Where it runs. */
  readonly memory: Memory;
  /** Whether its image lies in flash and is copied at start-up. */
  readonly copied: boolean;
}

/** Where the kernels and the network's functions run. */
export interface CodeLayout {
  /** Region or alias that they are fetched from. */
  readonly name: string;
  /** Memory that holds them while they run. */
  readonly memory: Memory;
  /** The alias that they are fetched through, if it is one. */
  readonly alias?: Alias | undefined;
  /** Whether their image lies in flash and is copied at start-up. */
  readonly copied: boolean;
}

/** Functions with a region of their own. */
export interface FunctionLayout {
  /** Output section. */
  readonly section: string;
  /** Where they run. */
  readonly code: CodeLayout;
  /** Their symbols. */
  readonly symbols: readonly string[];
}

/** A share of a memory without content. */
export interface ReservedLayout {
  /** Memory. */
  readonly memory: Memory;
  /** Bytes. */
  readonly size: number;
}

/** The whole image. */
export interface ImageLayout {
  /** Everything that MEMORY lists, in the board's order. */
  readonly memories: readonly Memory[];
  /** Non-volatile memory that holds the vector table and all load images. */
  readonly image: Memory;
  /** Address of the vector table, in that memory. */
  readonly vectors: number;
  /** Code, but for {@linkcode ImageLayout.functions}. */
  readonly code: CodeLayout;
  /** Functions with regions of their own, one entry a region. */
  readonly functions: readonly FunctionLayout[];
  /** Pools that are not empty. */
  readonly pools: readonly PoolLayout[];
  /** Stack. */
  readonly stack: ReservedLayout;
  /** Heap, if one is planned. */
  readonly heap?: ReservedLayout | undefined;
  /** `.data` and `.bss`, with their limit if one is planned. */
  readonly data: { readonly memory: Memory; readonly limit?: number | undefined };
}

/** Output section of the kernels and the network's functions. */
export const CODE_SECTION = ".pinmap.code";
/** Output section of the vector table. */
export const VECTOR_SECTION = ".pinmap.vectors";
/** Output section of the stack. */
export const STACK_SECTION = ".pinmap.stack";
/** Output section of the heap. */
export const HEAP_SECTION = ".pinmap.heap";

/**
 * Lays out the image.
 *
 * @param plan A validated plan
 * @param board The board that it was made for
 * @param codeRegion Region or alias for kernels; by default the image's own memory
 * @param functionRegions Region of single functions, by symbol
 * @param prefix Prefix of symbols, `tvmgen_<module>`
 * @throws {InputError} E-FIRMWARE-VECTORS, E-FIRMWARE-REGION, E-FIRMWARE-STACK, E-FIRMWARE-NAME
 * @throws {UsageError} E-FIRMWARE-CODE-REGION
 */
export function layOut(
  plan: Plan,
  board: Board,
  codeRegion: string | undefined,
  functionRegions: ReadonlyMap<string, string>,
  prefix: string,
): ImageLayout {
  const vectors = canonicalVectors(board);
  const memories = memoriesOf(board, vectors);
  const image = memories.find((memory) => holds(memory, vectors));
  if (image === undefined || image.region.kind === "ram") {
    throw new InputError(
      "E-FIRMWARE-VECTORS",
      `Cannot place the vector table of board ${board.name}: ${
        formatAddress(board.vectorTable)
      } is ` +
        `in ${image === undefined ? "no region" : `${image.name}, which is RAM`}, ` +
        `an address in non-volatile memory is needed`,
      { hints: ["Correct vector_table, or the regions' reserved ranges, in the board file."] },
    );
  }
  const find = (region: string, what: string): Memory => {
    const memory = memories.find((one) => one.region.name === region);
    if (memory !== undefined && memory.region.kind !== "rom") return memory;
    throw new InputError(
      "E-FIRMWARE-REGION",
      `Cannot place ${what}: "${region}" is ` +
        `${
          memory === undefined ? `no usable region of board ${board.name}` : "the maker's ROM"
        }, ` +
        `a region of kind ram or nvm is needed`,
    );
  };
  const writable = (region: string, what: string): Memory => {
    const memory = find(region, what);
    if (memory.region.kind === "ram" && memory.region.access.write) return memory;
    throw new InputError(
      "E-FIRMWARE-REGION",
      `Cannot place ${what}: region ${region} is ${memory.region.kind}, writable RAM is needed`,
    );
  };
  const resident = (name: "stack" | "heap" | "data") =>
    plan.residents.find((one) => one.name === name);

  const stackResident = resident("stack");
  if (stackResident === undefined) {
    throw new InputError(
      "E-FIRMWARE-STACK",
      "Cannot generate start-up code: the plan has no stack, a region and a size are needed",
      { hints: [`Plan with residents: [{ name: "stack", region: "...", size: 4096 }].`] },
    );
  }
  const stack = {
    memory: writable(stackResident.region, "the stack"),
    size: stackResident.size,
  };
  const heapResident = resident("heap");
  const heap = heapResident === undefined || heapResident.size === 0 ? undefined : {
    memory: writable(heapResident.region, "the heap"),
    size: heapResident.size,
  };
  const dataResident = resident("data");
  const data = {
    memory: dataResident === undefined
      ? stack.memory
      : writable(dataResident.region, "static data"),
    limit: dataResident?.size,
  };

  const fields = nameScope("pool");
  const pools = plan.pools.filter((one) => one.usedBytes > 0).map(({ pool, usedBytes }) => {
    const what = `${pool.kind} pool ${pool.name}`;
    const memory = pool.kind === "workspace"
      ? writable(pool.region, what)
      : find(pool.region, what);
    const field = fields(pool.name);
    return {
      pool,
      size: usedBytes,
      field,
      symbol: `${prefix}_${field}_${pool.kind}_pool`,
      sizeMacro: `${prefix}_${field}_${pool.kind}_pool_size`.toUpperCase(),
      section: `.pinmap.${pool.kind}.${field}`,
      memory,
      copied: pool.kind === "constant" && memory.region.kind === "ram",
    };
  });
  return {
    memories,
    image,
    vectors,
    code: codeLayout(board, memories, image, codeRegion),
    functions: functionLayouts(board, memories, image, functionRegions),
    pools,
    stack,
    heap,
    data,
  };
}

/** The vector table's address in its region, if the board names it through an alias. */
function canonicalVectors(board: Board): number {
  const address = board.vectorTable;
  const direct = board.regions.some((one) => inside(address, one.origin, one.length));
  const alias = board.aliases.find((one) => inside(address, one.origin, one.length));
  const region = board.regions.find((one) => one.name === alias?.of);
  if (direct || alias === undefined || region === undefined) return address;
  return region.origin + alias.offset + (address - alias.origin);
}

/** Regions minus reserved ranges; of a region in pieces, the one with the vectors or else the largest. */
function memoriesOf(board: Board, vectors: number): Memory[] {
  const names = nameScope("region");
  return board.regions.flatMap((region) => {
    let pieces = [{ start: region.origin, end: region.origin + region.length }];
    for (const { origin, length } of region.reserved) {
      pieces = pieces.flatMap(({ start, end }) => [
        { start, end: Math.min(end, origin) },
        { start: Math.max(start, origin + length), end },
      ]).filter(({ start, end }) => start < end);
    }
    pieces.sort((a, b) => (b.end - b.start) - (a.end - a.start));
    const piece = pieces.find(({ start, end }) => inside(vectors, start, end - start)) ?? pieces[0];
    if (piece === undefined) return [];
    const name = names(region.name, toIdentifier(region.name));
    return [{ name, region, origin: piece.start, length: piece.end - piece.start }];
  });
}

/** One section for each region; an alias would need a load address of its own. */
function functionLayouts(
  board: Board,
  memories: readonly Memory[],
  image: Memory,
  regions: ReadonlyMap<string, string>,
): readonly FunctionLayout[] {
  return [...new Set(regions.values())].toSorted().map((name) => {
    const code = codeLayout(board, memories, image, name);
    if (code.alias !== undefined) {
      throw new UsageError(
        "E-FIRMWARE-CODE-REGION",
        `Cannot put single functions into ${name}: it is an alias of ${code.alias.of}, a region is needed`,
      );
    }
    return {
      section: `${CODE_SECTION}_in_${toIdentifier(name)}`,
      code,
      symbols: [...regions].flatMap(([symbol, region]) => region === name ? [symbol] : []),
    };
  });
}

function codeLayout(
  board: Board,
  memories: readonly Memory[],
  image: Memory,
  name: string | undefined,
): CodeLayout {
  if (name === undefined) return { name: image.region.name, memory: image, copied: false };
  const alias = board.aliases.find((one) => one.name === name);
  const memory = memories.find((one) => one.region.name === (alias?.of ?? name));
  if (memory === undefined) {
    const known = [...board.regions, ...board.aliases].map((one) => one.name);
    const near = closest(name, known);
    throw new UsageError(
      "E-FIRMWARE-CODE-REGION",
      `Cannot put code into "${name}": board ${board.name} has ${known.join(", ")}`,
      { hints: near === undefined ? [] : [`Did you mean "${near}"?`] },
    );
  }
  const refuse = (why: string) =>
    new UsageError("E-FIRMWARE-CODE-REGION", `Cannot put code into ${name}: ${why}`);
  if (!(alias ?? memory.region).access.execute) {
    throw refuse("it is not executable, a region with access x is needed");
  }
  if (memory.region.kind === "rom") throw refuse("it is the maker's ROM");
  if (!memory.region.initiators.includes("c")) {
    throw refuse("the core cannot reach it, a region with initiator c is needed");
  }
  if (alias !== undefined && memory !== image) {
    throw refuse(
      `it is an alias of ${alias.of}, only aliases of ${image.region.name}, which holds the image, ` +
        `are supported; use ${alias.of}`,
    );
  }
  return { name, memory, alias, copied: memory.region.kind === "ram" };
}

function holds(memory: Memory, address: number): boolean {
  return inside(address, memory.origin, memory.length);
}

function inside(address: number, origin: number, length: number): boolean {
  return address >= origin && address < origin + length;
}
