/**
 * Costs of data accesses that depend on earlier accesses: a cache, a prefetch buffer. Such a model is one
 * WebAssembly module over state in memory. Translated code calls its functions without leaving
 * WebAssembly; the interpreter's bus calls the same functions, so that both engines charge the same by
 * construction. Without a model neither of them has anything to ask.
 *
 * @module
 */
import type { AccessKind, MemoryFunctions, MemoryLayout, MemoryModel } from "../types.ts";
import { type Code, W } from "../wasm/encoder.ts";

/** Locals of 32 bits that a model's function may use, besides its two parameters. */
export const MODEL_LOCALS = 6;
const ROWS = 256;
/** Bytes in front of a model's state. */
export const CHARGED_BYTES: number = 16 + ROWS * 16;

/** Emits the charge of the double on the stack to four times a row, which a local holds. */
export function charge(
  code: Code,
  kind: "read" | "write",
  row: number,
  layout: MemoryLayout,
): void {
  const column = layout.charged + 16 + (kind === "read" ? 0 : 8);
  // The double is needed twice: once it is added to the row, once to the total.
  code.set(COST);
  code.get(row).i32(2).op(W.shl);
  code.get(row).i32(2).op(W.shl).memory(W.loadD, column).get(COST).op(W.addD);
  code.memory(W.storeD, column);
  code.i32(0).i32(0).memory(W.loadD, layout.charged).get(COST).op(W.addD);
  code.memory(W.storeD, layout.charged);
}

/** The one local of 64 bits: a double. */
const COST = 2 + MODEL_LOCALS;

/** A model at work. */
export interface ConnectedModel {
  /** The model. */
  readonly model: MemoryModel;
  /** Its functions. */
  readonly functions: MemoryFunctions;
  /** Wait cycles charged, all of them. */
  total(): number;
  /** Wait cycles charged to a row. */
  waits(row: number, kind: AccessKind): number;
  /** State and charges as at reset. */
  reset(): void;
  /** State and charges, for {@linkcode ConnectedModel.restore}. */
  save(): unknown;
  /** Goes back to them. */
  restore(saved: unknown): void;
}

/**
 * Puts a model into memory.
 *
 * @param model The model
 * @param memory Memory
 * @param base Where {@linkcode CHARGED_BYTES} and then the model's bytes are free, a multiple of 8
 * @param enable Called with whether the model is on
 */
export function connectModel(
  model: MemoryModel,
  memory: WebAssembly.Memory,
  base: number,
  enable: (on: boolean) => void,
): ConnectedModel {
  const layout: MemoryLayout = { charged: base, state: base + CHARGED_BYTES };
  const module = new WebAssembly.Module(model.module(layout));
  const { exports } = new WebAssembly.Instance(module, { e: { m: memory } });
  const charged = new Float64Array(memory.buffer, base, CHARGED_BYTES / 8);
  const all = new Uint8Array(memory.buffer, base, CHARGED_BYTES + model.bytes);
  model.connect(memory, layout, enable);
  return {
    model,
    functions: exports as unknown as MemoryFunctions,
    total: () => charged[0] ?? 0,
    waits: (row, kind) =>
      kind === "fetch" ? 0 : charged[2 + row * 2 + (kind === "read" ? 0 : 1)] ?? 0,
    save: () => [all.slice(), model.save()],
    restore(saved) {
      const [bytes, own] = saved as readonly [Uint8Array, unknown];
      all.set(bytes);
      model.restore(own);
    },
    reset() {
      all.fill(0);
      enable(false);
      model.reset();
    },
  };
}
