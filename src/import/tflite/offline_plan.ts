/**
 * TFLite Micro's offline plan: metadata `OfflineMemoryAllocation` of a model says at which offset of its arena
 * each tensor lies, and its allocator takes these offsets (tflite-micro, `docs/memory_management.md` and
 * `micro_allocation_info.cc`).
 *
 * The old file becomes the tail of the new one, byte for byte; before it there are a new root with the
 * same fields, lists of buffers and metadata with one more entry, and the plan. References in a FlatBuffers file
 * are distances, so nothing in the old part has to change.
 *
 * @module
 */
import { Builder } from "flatbuffers";
import { BUFFER, IDENTIFIER, METADATA, MODEL, SCHEMA_VERSION, SUBGRAPH, TENSOR } from "./schema.ts";
import {
  bytes as bytesOf,
  fileError,
  int32s,
  openRoot,
  referredTo,
  type Table,
  tables,
  text,
  uint32,
  uint64,
} from "./table.ts";

/** Name of the metadata. */
export const OFFLINE_PLAN = "OfflineMemoryAllocation";

/** Offset of a tensor that TFLite Micro places itself, or that is not in the arena. */
export const ONLINE = -1;

/** TFLite Micro's `MicroArenaBufferAlignment()`, and the alignment of data in TFLite files. */
export const ARENA_ALIGNMENT = 16;

/** Version of the format. */
const VERSION = 1;

/** An offline plan. */
export interface OfflinePlan {
  /** Version of the format, 1. */
  readonly version: number;
  /** Index of the subgraph, 0. */
  readonly subgraph: number;
  /** For each tensor its offset in bytes, or -1. */
  readonly offsets: readonly number[];
}

/**
 * Reads the offline plan of a model.
 *
 * @param file Bytes of the model
 * @param path Its path, for errors
 * @returns The plan; nothing if the model has none
 * @throws {InputError} E-TFLITE-…, if the file is damaged
 */
export function readOfflinePlan(file: Uint8Array, path: string): OfflinePlan | undefined {
  const model = openRoot(file, path, IDENTIFIER);
  const entry = metadataOf(model).find((one) => text(one, METADATA.name) === OFFLINE_PLAN);
  if (entry === undefined) return undefined;
  const buffers = tables(model, MODEL.buffers);
  const index = uint32(entry, METADATA.buffer);
  const data = index < buffers.length ? bytesOf(buffers.open(index), BUFFER.data) : undefined;
  const words = new DataView(new ArrayBuffer(data?.length ?? 0));
  data?.forEach((byte, i) => words.setUint8(i, byte));
  const at = (i: number) => words.getInt32(4 * i, true);
  const count = words.byteLength < 12 ? -1 : at(2);
  if (count < 0 || words.byteLength < 4 * (3 + count)) {
    throw fileError(
      path,
      "E-TFLITE-CORRUPT",
      `its ${OFFLINE_PLAN} has ${words.byteLength} B, needs 12 B and 4 B for each tensor`,
    );
  }
  const offsets = Array.from({ length: count }, (_, i) => at(3 + i));
  return { version: at(0), subgraph: at(1), offsets };
}

/**
 * Writes an offline plan into a copy of a model. An old plan is replaced.
 *
 * @param file Bytes of the model, with one subgraph
 * @param path Its path, for errors
 * @param offsets Offset in bytes of each tensor of which it is known; all others are left to TFLite Micro
 * @returns Bytes of the copy
 * @throws {InputError} E-TFLITE-OFFLINE if an offset breaks TFLite Micro's rules (a multiple of 16, an int32) or
 *   is of no tensor, and E-TFLITE-… if the file is damaged or has data outside of itself
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { InputError } from "../../base/error.ts";
 * import { withOfflinePlan } from "./offline_plan.ts";
 *
 * assertThrows(() => withOfflinePlan(new Uint8Array(8), "net.tflite", new Map()), InputError);
 * ```
 */
export function withOfflinePlan(
  file: Uint8Array,
  path: string,
  offsets: ReadonlyMap<number, number>,
): Uint8Array {
  const model = openRoot(file, path, IDENTIFIER);
  const count = tensorCount(model, path);
  checkOffsets(path, offsets, count);
  const buffers = tables(model, MODEL.buffers);
  const at = Array.from({ length: buffers.length }, (_, i) => buffers.open(i));
  const outside = at.findIndex((buffer) => uint64(buffer, BUFFER.offset) > 1n);
  if (outside >= 0) {
    throw fileError(
      path,
      "E-TFLITE-FEATURE",
      `buffer ${outside} has its data outside of the model, supported is data in it`,
    );
  }
  return rebuild(model, file, at, planOf(count, offsets));
}

function planOf(count: number, offsets: ReadonlyMap<number, number>): Int32Array {
  return Int32Array.from([
    VERSION,
    0,
    count,
    ...Array.from({ length: count }, (_, tensor) => offsets.get(tensor) ?? ONLINE),
  ]);
}

function metadataOf(model: Table): readonly Table[] {
  const all = tables(model, MODEL.metadata);
  return Array.from({ length: all.length }, (_, i) => all.open(i));
}

function tensorCount(model: Table, path: string): number {
  const subgraphs = tables(model, MODEL.subgraphs);
  if (subgraphs.length === 1) return tables(subgraphs.open(0), SUBGRAPH.tensors).length;
  throw fileError(
    path,
    "E-TFLITE-FEATURE",
    `it has ${subgraphs.length} subgraphs, supported is 1`,
  );
}

function checkOffsets(path: string, offsets: ReadonlyMap<number, number>, count: number): void {
  for (const [tensor, offset] of offsets) {
    const problem = !Number.isInteger(tensor) || tensor < 0 || tensor >= count
      ? `there are ${count} tensors, an index below that is needed`
      : offset < 0 || offset > 2 ** 31 - 1 || offset % ARENA_ALIGNMENT !== 0
      ? `TFLite Micro needs a multiple of ${ARENA_ALIGNMENT} below 2^31`
      : undefined;
    if (problem === undefined) continue;
    throw fileError(
      path,
      "E-TFLITE-OFFLINE",
      `offset ${offset} of tensor ${tensor} cannot be written, ${problem}`,
    );
  }
}

/** A new root before the old file. */
function rebuild(
  model: Table,
  file: Uint8Array,
  buffers: readonly Table[],
  plan: Int32Array,
): Uint8Array {
  const builder = new Builder(file.length + 4 * plan.length + 1024);
  // The builder writes from the end, and counts positions from there.
  builder.prep(ARENA_ALIGNMENT, file.length);
  for (let i = file.length - 1; i >= 0; i--) builder.writeInt8(file[i] ?? 0);
  const start = builder.offset();
  const place = (old: number) => start - old;

  const name = builder.createString(OFFLINE_PLAN);
  builder.startVector(1, 4 * plan.length, ARENA_ALIGNMENT);
  for (const word of plan.toReversed()) builder.writeInt32(word);
  const data = builder.endVector();
  builder.startObject(2);
  builder.addFieldOffset(BUFFER.data, data, 0);
  const buffer = builder.endObject();

  const entries = metadataOf(model);
  const old = entries.find((one) => text(one, METADATA.name) === OFFLINE_PLAN);
  const others = entries.filter((one) => text(one, METADATA.name) !== OFFLINE_PLAN);
  const index = old === undefined ? buffers.length : ownBuffer(model, old, others, buffers.length);
  const places = buffers.map((one) => place(one.at));
  places[index] = buffer;
  builder.startObject(2);
  builder.addFieldOffset(METADATA.name, name, 0);
  builder.addFieldInt32(METADATA.buffer, index, 0);
  const entry = builder.endObject();

  const allMetadata = offsetVector(builder, [...others.map((one) => place(one.at)), entry]);
  const allBuffers = offsetVector(builder, places);
  const kept = [
    MODEL.operatorCodes,
    MODEL.subgraphs,
    MODEL.description,
    MODEL.metadataBuffer,
    MODEL.signatureDefs,
    MODEL.externalBufferGroups,
    MODEL.externalBuffers,
  ];
  builder.startObject(Object.keys(MODEL).length);
  builder.addFieldInt32(MODEL.version, SCHEMA_VERSION, 0);
  for (const id of kept) {
    const at = referredTo(model, id);
    if (at !== 0) builder.addFieldOffset(id, place(at), 0);
  }
  builder.addFieldOffset(MODEL.buffers, allBuffers, 0);
  builder.addFieldOffset(MODEL.metadata, allMetadata, 0);
  builder.finish(builder.endObject(), IDENTIFIER);
  return builder.asUint8Array().slice();
}

/** The buffer of the old plan, if nobody else has it; else a new one. */
function ownBuffer(model: Table, old: Table, others: readonly Table[], next: number): number {
  const index = uint32(old, METADATA.buffer);
  const tensors = tables(tables(model, MODEL.subgraphs).open(0), SUBGRAPH.tensors);
  const isShared = index === 0 || index >= next ||
    others.some((one) => uint32(one, METADATA.buffer) === index) ||
    int32s(model, MODEL.metadataBuffer).includes(index) ||
    Array.from({ length: tensors.length }, (_, i) => uint32(tensors.open(i), TENSOR.buffer))
      .includes(index);
  return isShared ? next : index;
}

function offsetVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}
