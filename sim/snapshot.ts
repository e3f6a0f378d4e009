/**
 * Snapshots: everything of a machine that goes on changing, so that a run can be continued from there as
 * often as one likes, with the same counts each time.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import type { Stateful } from "./types.ts";

/** A moment of a machine; opaque, and unaffected by what the machine does later. */
export interface Snapshot {
  /** Version. */
  readonly schema: "pinmap/snapshot-1";
  /** Name of the board. */
  readonly board: string;
  /** Engine. */
  readonly engine: string;
  /** Instructions since reset. */
  readonly instructions: number;
  /** Cycles since reset. */
  readonly cycles: number;
  /** State by part: `engine`, `memory`, `console`, `schedule`, devices by name. */
  readonly parts: ReadonlyMap<string, unknown>;
}

/** What a snapshot consists of. */
export interface SnapshotParts {
  /** Name of the board. */
  readonly board: string;
  /** Engine. */
  readonly engine: string;
  /** Instructions and cycles since reset. */
  readonly position: () => { readonly instructions: number; readonly cycles: number };
  /** Everything that changes; the order is that of restoring. */
  readonly parts: () => ReadonlyMap<string, Stateful>;
}

/** Takes a snapshot. */
export function takeSnapshot(machine: SnapshotParts): Snapshot {
  const { instructions, cycles } = machine.position();
  return {
    schema: "pinmap/snapshot-1",
    board: machine.board,
    engine: machine.engine,
    instructions,
    cycles,
    parts: new Map([...machine.parts()].map(([name, part]) => [name, part.save()])),
  };
}

/**
 * Goes back to a snapshot.
 *
 * @throws {InputError} If it is of another board or engine, or other devices are attached
 *   (E-SIM-SNAPSHOT); the machine is as before then
 */
export function restoreSnapshot(machine: SnapshotParts, snapshot: Snapshot): void {
  const parts = machine.parts();
  const theirs = [...snapshot.parts.keys()].join(", ");
  const ours = [...parts.keys()].join(", ");
  if (snapshot.board !== machine.board || snapshot.engine !== machine.engine || theirs !== ours) {
    throw new InputError(
      "E-SIM-SNAPSHOT",
      `Cannot restore: the snapshot is of ${snapshot.board}, engine ${snapshot.engine} (${theirs}), the machine is ${machine.board}, engine ${machine.engine} (${ours})`,
      { hints: ["make the machine with the same board, engine and devices"] },
    );
  }
  for (const [name, part] of parts) part.restore(snapshot.parts.get(name));
}
