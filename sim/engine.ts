/**
 * What a machine builds its core with. The built-in engines are chosen by name, others are functions of
 * this shape, so that nothing of them is loaded before somebody asks for them.
 *
 * @module
 */
import type { Interpreter } from "./cpu/mod.ts";
import type { BoardBus } from "./memory/mod.ts";
import type { EngineParts } from "./types.ts";

/** An execution engine whose architectural state can be seen and set. */
export interface CoreEngine extends Interpreter {
  /** What a reader of the counts must know of this engine; none if it counts everything. */
  notes?(): string[];
  /** Frees what it holds outside JavaScript; it cannot run afterwards. */
  close?(): void;
  /** What its cycles lack, added to the timing model's accuracy in reports. */
  readonly accuracy?: string | undefined;
}

/** What an engine is built from: as {@linkcode EngineParts}, with the whole bus. */
export interface CoreParts extends EngineParts {
  /** Memory, devices, and access without counting. */
  readonly bus: BoardBus;
}

/** Makes an engine. */
export type EngineFactory = (parts: CoreParts) => CoreEngine;
