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
  /** Instructions since reset. */
  readonly instructions: number;
  /** Cycles since reset. */
  readonly cycles: number;
  /** State by part: `engine`, `memory`, `console`, `control`, devices by name. */
  readonly parts: ReadonlyMap<string, unknown>;
}

/** What a snapshot consists of. */
export interface SnapshotParts {
  /** Instructions and cycles since reset. */
  readonly position: () => { readonly instructions: number; readonly cycles: number };
  /** Everything that changes; the order is that of restoring. */
  readonly parts: () => ReadonlyMap<string, Stateful>;
}

/** Which machine took a snapshot: what is scheduled are its own functions. */
const owners = new WeakMap<Snapshot, SnapshotParts>();

/** Takes a snapshot. */
export function takeSnapshot(machine: SnapshotParts): Snapshot {
  const { instructions, cycles } = machine.position();
  const snapshot: Snapshot = {
    schema: "pinmap/snapshot-1",
    instructions,
    cycles,
    parts: new Map([...machine.parts()].map(([name, part]) => [name, part.save()])),
  };
  owners.set(snapshot, machine);
  return snapshot;
}

/**
 * Goes back to a snapshot.
 *
 * @throws {InputError} If it is of another machine, or other devices are attached (E-SIM-SNAPSHOT); the
 *   machine is as before then
 */
export function restoreSnapshot(machine: SnapshotParts, snapshot: Snapshot): void {
  const parts = machine.parts();
  const theirs = [...snapshot.parts.keys()].join(", ");
  const ours = [...parts.keys()].join(", ");
  if (owners.get(snapshot) !== machine || theirs !== ours) {
    const why = theirs === ours
      ? "another machine took the snapshot"
      : `the snapshot is of ${theirs}, the machine has ${ours}`;
    throw new InputError("E-SIM-SNAPSHOT", `Cannot restore: ${why}`, {
      hints: ["a snapshot is restored on the machine that took it, with the same devices"],
    });
  }
  for (const [name, part] of parts) part.restore(snapshot.parts.get(name));
}
