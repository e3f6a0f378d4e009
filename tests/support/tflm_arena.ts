/**
 * What TFLite Micro makes of a model's offline plan, read independently of the importer: bytes with a DataView, and
 * the rules of tflite-micro's `micro_allocation_info.cc` (metadata, lifetimes), `micro_allocator.cc` (sizes
 * rounded up to 16) and `greedy_memory_planner.cc` (arena up to the highest end).
 *
 * @module
 */

/** A tensor in the arena. */
export interface ArenaTensor {
  readonly index: number;
  readonly bytes: number;
  /** -1 if TFLite Micro places it. */
  readonly offset: number;
  readonly firstCreated: number;
  readonly lastUsed: number;
}

/** A table of the file. */
interface Table {
  /** Where field `id` is; 0 if it is not there. */
  readonly at: (id: number) => number;
}

/** Bytes of an element, by value of `TensorType`: float32, int32, uint8, int64, bool, int16, int8. */
const WIDTHS: Readonly<Record<number, number>> = { 0: 4, 2: 4, 3: 1, 4: 8, 6: 1, 7: 2, 9: 1 };

/** A model as TFLite Micro sees it. */
export function readArena(file: Uint8Array): {
  readonly words: readonly number[] | undefined;
  readonly tensors: readonly ArenaTensor[];
} {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u32 = (at: number) => view.getUint32(at, true);
  const i32 = (at: number) => view.getInt32(at, true);
  const tableAt = (at: number): Table => {
    const vtable = at - i32(at);
    const size = view.getUint16(vtable, true);
    return {
      at: (id) => {
        const entry = 4 + 2 * id;
        const field = entry + 2 <= size ? view.getUint16(vtable + entry, true) : 0;
        return field === 0 ? 0 : at + field;
      },
    };
  };
  const follow = (at: number) => at + u32(at);
  const vector = <T>(table: Table, id: number, width: number, read: (at: number) => T): T[] => {
    const field = table.at(id);
    if (field === 0) return [];
    const start = follow(field);
    return Array.from({ length: u32(start) }, (_, i) => read(start + 4 + i * width));
  };
  const tables = (table: Table, id: number) => vector(table, id, 4, (at) => tableAt(follow(at)));
  const scalar = (table: Table, id: number) => table.at(id) === 0 ? 0 : u32(table.at(id));

  const model = tableAt(follow(0));
  const buffers = tables(model, 4);
  const dataOf = (index: number) => {
    const field = buffers[index]?.at(0) ?? 0;
    return field === 0
      ? { at: 0, length: 0 }
      : { at: follow(field) + 4, length: u32(follow(field)) };
  };
  let words: number[] | undefined;
  for (const metadata of tables(model, 6)) {
    const name = String.fromCharCode(...vector(metadata, 0, 1, (at) => view.getUint8(at)));
    if (name !== "OfflineMemoryAllocation") continue;
    const { at, length } = dataOf(scalar(metadata, 1));
    if (at % 16 !== 0) throw new Error(`The plan is at ${at}, not at a multiple of 16`);
    words = Array.from({ length: length / 4 }, (_, i) => i32(at + 4 * i));
  }

  const [subgraph] = tables(model, 2);
  if (subgraph === undefined) throw new Error("The model has no subgraph");
  const all = tables(subgraph, 0);
  if (words !== undefined && words[2] !== all.length) throw new Error("Number of tensors differs");
  const lives = all.map(() => ({ first: -1, last: -1 }));
  let scope = 0;
  const create = (index: number) => {
    const life = lives[index];
    if (life !== undefined && life.first < 0) life.first = scope;
  };
  const use = (index: number) => {
    const life = lives[index];
    if (life !== undefined) life.last = scope;
  };
  for (const index of vector(subgraph, 1, 4, i32)) {
    create(index);
    use(index);
  }
  for (const operator of tables(subgraph, 3)) {
    scope++;
    const [inputs, outputs] = [vector(operator, 1, 4, i32), vector(operator, 2, 4, i32)];
    outputs.forEach(create);
    inputs.filter((index) => index >= 0).forEach(use);
    outputs.forEach(use);
  }
  for (const index of vector(subgraph, 2, 4, i32)) {
    create(index);
    use(index);
  }
  const tensors = all.flatMap((tensor, index): ArenaTensor[] => {
    const shape = vector(tensor, 0, 4, i32);
    const type = tensor.at(1) === 0 ? 0 : view.getInt8(tensor.at(1));
    const elements = shape.reduce((product, extent) => product * extent, 1);
    const isConstant = dataOf(scalar(tensor, 2)).length > 0;
    const { first, last } = lives[index] ?? { first: -1, last: -1 };
    if (isConstant || first < 0) return [];
    return [{
      index,
      bytes: Math.ceil(elements * (WIDTHS[type] ?? NaN) / 16) * 16,
      offset: words?.[3 + index] ?? -1,
      firstCreated: first,
      lastUsed: last,
    }];
  });
  return { words, tensors };
}

/** Arena that the tensors need, if all of them have an offset and none is over another; else why not. */
export function arenaBytes(tensors: readonly ArenaTensor[]): number | string {
  for (const [i, a] of tensors.entries()) {
    if (a.offset < 0 || a.offset % 16 !== 0) return `tensor ${a.index} is at ${a.offset}`;
    for (const b of tensors.slice(i + 1)) {
      const inTime = a.firstCreated <= b.lastUsed && b.firstCreated <= a.lastUsed;
      const inSpace = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      if (inTime && inSpace) return `tensors ${a.index} and ${b.index} overlap`;
    }
  }
  return Math.max(...tensors.map(({ offset, bytes }) => offset + bytes));
}
