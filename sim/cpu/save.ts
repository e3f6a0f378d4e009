/**
 * The architectural state as a value, for snapshots. All of it is numbers and typed arrays in fields of one
 * object, so that saving it needs no list of fields that somebody could forget to extend.
 *
 * @module
 */
import { followPrivilege } from "./privilege.ts";
import type { CpuState } from "./state.ts";

type Bytes = Uint8Array | Int32Array | Float32Array | Float64Array;

/** A saved state; opaque. */
export interface SavedCpu {
  readonly numbers: ReadonlyMap<string, number>;
  readonly arrays: ReadonlyMap<string, Bytes>;
  readonly system: Readonly<Record<string, number>>;
}

function fieldsOf(cpu: CpuState): Record<string, unknown> {
  return cpu as unknown as Record<string, unknown>;
}

/** Copies the state. */
export function saveCpu(cpu: CpuState): SavedCpu {
  const numbers = new Map<string, number>();
  const arrays = new Map<string, Bytes>();
  for (const [name, value] of Object.entries(fieldsOf(cpu))) {
    if (typeof value === "number") numbers.set(name, value);
    else if (ArrayBuffer.isView(value)) arrays.set(name, (value as Bytes).slice());
  }
  return { numbers, arrays, system: { ...cpu.system } };
}

/** Puts a saved state back into the same core. */
export function restoreCpu(cpu: CpuState, saved: SavedCpu): void {
  const fields = fieldsOf(cpu);
  for (const [name, value] of saved.numbers) {
    if (fields[name] !== value) fields[name] = value;
  }
  for (const [name, value] of saved.arrays) (fields[name] as Bytes).set(value);
  Object.assign(cpu.system, saved.system);
  cpu.updateAlignment();
  followPrivilege(cpu);
}
