/**
 * The IR: the part of TVM's TIR that memory planning needs, with RFC 0023's annotations on allocates.
 * Nodes are immutable plain objects; variables are compared by identity.
 *
 * @module
 */

/** Element types of tensors. */
export type DType = "int8" | "uint8" | "int16" | "int32" | "int64" | "float32";

/** A variable: a buffer's data pointer. Two variables are the same only if they are one object. */
export interface Var {
  /** Node kind. */
  readonly kind: "var";
  /** Name; unique within a function. */
  readonly name: string;
  /** `handle` for pointers. */
  readonly dtype: "handle";
}

/** An integer constant. */
export interface IntImm {
  /** Node kind. */
  readonly kind: "int";
  /** Value; within `dtype`. */
  readonly value: number;
  /** Type. */
  readonly dtype: "int32" | "int64" | "bool";
}

/** A string constant. */
export interface StringImm {
  /** Node kind. */
  readonly kind: "string";
  /** Value. */
  readonly value: string;
}

/**
 * A call by name. If the module has a function of that name it is called; otherwise it is external,
 * for instance a kernel of the firmware library.
 */
export interface CallExtern {
  /** Node kind. */
  readonly kind: "call_extern";
  /** Result type. */
  readonly dtype: "int32";
  /** Name of the callee. */
  readonly callee: string;
  /** Arguments: buffers' variables and constants. */
  readonly args: readonly Expr[];
}

/** An expression. */
export type Expr = Var | IntImm | StringImm | CallExtern;

/** A value of an annotation or a function attribute. */
export type AnnotationValue =
  | string
  | number
  | boolean
  | readonly AnnotationValue[]
  | { readonly [key: string]: AnnotationValue };

/**
 * Annotations. Known keys on allocates:
 * - `candidate_memory_pools`: ordered pool names that the buffer may end up in (RFC 0023, P1);
 * - `pool_offset`: byte offset in the pool, after planning (P2; the pool is in the storage scope);
 * - `alignment`: bytes, a power of two;
 * - `input_tensor`, `output_tensor`: the network's name of the tensor (TVM's U4).
 */
export type Annotations = { readonly [key: string]: AnnotationValue };

/** A buffer with a body in which it is visible. */
export interface Allocate {
  /** Node kind. */
  readonly kind: "allocate";
  /** The buffer's data pointer. */
  readonly buffer: Var;
  /** Element type. */
  readonly dtype: DType;
  /** Extents, each ≥ 0. */
  readonly extents: readonly number[];
  /** `global` before planning, `global.<pool>` after. */
  readonly scope: string;
  /** Always the constant true, as TVM prints it. */
  readonly condition: IntImm;
  /** See {@linkcode Annotations}. */
  readonly annotations: Annotations;
  /** Where the buffer is visible. */
  readonly body: Stmt;
}

/** A constant with a body in which it is visible (RFC 0022). */
export interface AllocateConst {
  /** Node kind. */
  readonly kind: "allocate_const";
  /** The constant's data pointer. */
  readonly buffer: Var;
  /** Element type. */
  readonly dtype: DType;
  /** Extents. */
  readonly extents: readonly number[];
  /** Little-endian bytes, as many as the extents and the element type say. */
  readonly data: Uint8Array;
  /** `global` before planning, `global.<pool>` after. */
  readonly scope: string;
  /** See {@linkcode Annotations}. */
  readonly annotations: Annotations;
  /** Where the constant is visible. */
  readonly body: Stmt;
}

/** Statements in order. */
export interface Seq {
  /** Node kind. */
  readonly kind: "seq";
  /** In order. */
  readonly body: readonly Stmt[];
}

/** An expression for its effect. */
export interface Evaluate {
  /** Node kind. */
  readonly kind: "evaluate";
  /** Usually a call. */
  readonly value: Expr;
}

/** A statement. */
export type Stmt = Allocate | AllocateConst | Seq | Evaluate;

/** A function. */
export interface PrimFunc {
  /** Name in the module, also its `global_symbol`. */
  readonly name: string;
  /** Pointer parameters. */
  readonly params: readonly Var[];
  /** Target such as `c` or `accel`: decides which pools it can reach. */
  readonly target: string;
  /** Further attributes, e.g. `tir.noalias`. */
  readonly attrs: Annotations;
  /** Body. */
  readonly body: Stmt;
}

/** A module. */
export interface IRModule {
  /** Name, a C identifier; `default` if nobody said. */
  readonly name: string;
  /** Functions in order of definition. One is `__tvm_main__`. */
  readonly functions: readonly PrimFunc[];
  /** Module attributes. Importers keep tensor facts under `pinmap.tensors`. */
  readonly attrs: Annotations;
}

/** Name of the function that execution starts in. */
export const MAIN = "__tvm_main__";

/** Annotation key of RFC 0023. */
export const CANDIDATE_MEMORY_POOLS = "candidate_memory_pools";

/** Annotation key of the planned offset. */
export const POOL_OFFSET = "pool_offset";
