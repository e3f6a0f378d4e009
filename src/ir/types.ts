/**
 * The IR: TVM's TIR as it is after lowering, with RFC 0023's annotations on allocates.
 * Nodes are immutable plain objects; variables are compared by identity.
 *
 * @module
 */

/** Element types of tensors. */
export type DType =
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool"
  | "float32";

/** Types of values in expressions; a vector carries its lanes, e.g. `int8x4`. */
export type ScalarType =
  | DType
  | "float16"
  | "float64";

/** A scalar, a pointer, a vector such as `int8x4`, or nothing. */
export type ValueType = ScalarType | "handle" | "void" | `${ScalarType}x${number}`;

/**
 * A variable: a buffer's data pointer, a loop's counter, or a value with a name. Two variables are the
 * same only if they are one object.
 */
export interface Var {
  /** Node kind. */
  readonly kind: "var";
  /** Name; a pointer's is unique within a function, a scalar's where it is visible. */
  readonly name: string;
  /** `handle` for pointers. */
  readonly dtype: "handle" | ScalarType;
}

/** An integer constant. */
export interface IntImm {
  /** Node kind. */
  readonly kind: "int";
  /** Value; within `dtype`. */
  readonly value: number;
  /** Type. */
  readonly dtype:
    | "int8"
    | "uint8"
    | "int16"
    | "uint16"
    | "int32"
    | "uint32"
    | "int64"
    | "uint64"
    | "bool";
}

/** A floating-point constant. */
export interface FloatImm {
  /** Node kind. */
  readonly kind: "float";
  /** Value; finite. */
  readonly value: number;
  /** Type. */
  readonly dtype: "float16" | "float32" | "float64";
}

/** Binary operators: Python's spelling where Python has one. `/` of integers truncates, `//` floors. */
export type BinaryOp =
  | "+"
  | "-"
  | "*"
  | "/"
  | "//"
  | "%"
  | "truncdiv"
  | "truncmod"
  | "min"
  | "max"
  | "<"
  | "<="
  | ">"
  | ">="
  | "=="
  | "!="
  | "and"
  | "or";

/** An operation on two values. */
export interface Binary {
  /** Node kind. */
  readonly kind: "binary";
  /** Operator. */
  readonly op: BinaryOp;
  /** Left operand. */
  readonly a: Expr;
  /** Right operand. */
  readonly b: Expr;
}

/** The opposite of a truth value. */
export interface Not {
  /** Node kind. */
  readonly kind: "not";
  /** Operand. */
  readonly value: Expr;
}

/** A value in another type. */
export interface Cast {
  /** Node kind. */
  readonly kind: "cast";
  /** Type of the result. */
  readonly dtype: ValueType;
  /** Operand. */
  readonly value: Expr;
}

/** One of two values; both are computed. */
export interface Select {
  /** Node kind. */
  readonly kind: "select";
  /** Truth value. */
  readonly condition: Expr;
  /** Value if it is true. */
  readonly a: Expr;
  /** Value if not. */
  readonly b: Expr;
}

/** A call of one of TVM's intrinsics, e.g. `if_then_else` or `q_multiply_shift`. */
export interface Intrinsic {
  /** Node kind. */
  readonly kind: "intrinsic";
  /** Name after `T.`; one of `INTRINSICS`. */
  readonly op: string;
  /** Type of the result, where the text says it. */
  readonly dtype?: ValueType | undefined;
  /** Arguments. */
  readonly args: readonly Expr[];
}

/** Typed view of the memory behind a pointer. */
export interface Buffer {
  /** Node kind. */
  readonly kind: "buffer";
  /** Name; unique within a function. */
  readonly name: string;
  /** The pointer. */
  readonly data: Var;
  /** Element type. */
  readonly dtype: ScalarType;
  /** Extents. */
  readonly shape: readonly number[];
  /** TVM's hints about the pointer, e.g. `align` in bytes. */
  readonly hints: { readonly align?: number; readonly offset_factor?: number };
}

/** Reads elements. */
export interface BufferLoad {
  /** Node kind. */
  readonly kind: "load";
  /** What is read. */
  readonly buffer: Buffer;
  /** One for each extent; the last may be a `Ramp`, which reads a vector. */
  readonly indices: readonly Expr[];
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
  readonly dtype: ValueType;
  /** Name of the callee. */
  readonly callee: string;
  /** Arguments: buffers' variables and constants. */
  readonly args: readonly Expr[];
  /** How TVM calls it; without it as a C function. */
  readonly convention?: CallConvention | undefined;
}

/** TVM's packed calls; `cpacked` takes a resource handle after the arguments. */
export type CallConvention = "packed" | "cpacked";

/** An expression. */
export type Expr =
  | Var
  | IntImm
  | FloatImm
  | StringImm
  | Binary
  | Not
  | Cast
  | Select
  | Intrinsic
  | BufferLoad
  | CallExtern;

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
 * - `pool_offset`: byte offset in the pool (P2; the pool is in the storage scope), written by planning and
 *   honoured by it;
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

/** Writes elements. */
export interface BufferStore {
  /** Node kind. */
  readonly kind: "store";
  /** What is written. */
  readonly buffer: Buffer;
  /** As of {@linkcode BufferLoad}. */
  readonly indices: readonly Expr[];
  /** New value. */
  readonly value: Expr;
}

/** A view with a body in which it is visible. */
export interface DeclBuffer {
  /** Node kind. */
  readonly kind: "decl_buffer";
  /** The view. */
  readonly buffer: Buffer;
  /** Where it is visible. */
  readonly body: Stmt;
}

/** How the rounds of a loop may run. */
export type ForKind = "serial" | "parallel" | "vectorized" | "unrolled" | "thread_binding";

/** A loop. */
export interface For {
  /** Node kind. */
  readonly kind: "for";
  /** Counter. */
  readonly variable: Var;
  /** First value. */
  readonly min: Expr;
  /** Number of rounds. */
  readonly extent: Expr;
  /** How the rounds may run. */
  readonly forKind: ForKind;
  /** Thread axis of `thread_binding`, e.g. `threadIdx.x`. */
  readonly thread?: string | undefined;
  /** Annotations. */
  readonly annotations: Annotations;
  /** What is repeated. */
  readonly body: Stmt;
}

/** A loop as long as a condition holds. */
export interface While {
  /** Node kind. */
  readonly kind: "while";
  /** Truth value, computed before each round. */
  readonly condition: Expr;
  /** What is repeated. */
  readonly body: Stmt;
}

/** One of two statements. */
export interface IfThenElse {
  /** Node kind. */
  readonly kind: "if";
  /** Truth value. */
  readonly condition: Expr;
  /** Statement if it is true. */
  readonly then: Stmt;
  /** Statement if not. */
  readonly else?: Stmt | undefined;
}

/** A value with a name. */
export interface Let {
  /** Node kind. */
  readonly kind: "let";
  /** The name. */
  readonly variable: Var;
  /** Its value. */
  readonly value: Expr;
  /** Where it is visible. */
  readonly body: Stmt;
}

/** Something said about a body, in TVM's AttrStmt. */
export interface Attr {
  /** Node kind. */
  readonly kind: "attr";
  /** What it is about. */
  readonly node: Expr;
  /** Key. */
  readonly key: string;
  /** Value. */
  readonly value: Expr;
  /** Where it holds. */
  readonly body: Stmt;
}

/** A condition that has to hold. */
export interface Assert {
  /** Node kind. */
  readonly kind: "assert";
  /** Truth value. */
  readonly condition: Expr;
  /** What is said if it does not. */
  readonly message: string;
  /** What follows. */
  readonly body: Stmt;
}

/** A statement. */
export type Stmt =
  | Allocate
  | AllocateConst
  | DeclBuffer
  | Let
  | Attr
  | Assert
  | For
  | While
  | IfThenElse
  | Seq
  | BufferStore
  | Evaluate;

/** A function. */
export interface PrimFunc {
  /** Name in the module, also its `global_symbol`. */
  readonly name: string;
  /** Parameters, most of them pointers. */
  readonly params: readonly Var[];
  /** Views of pointer parameters, TVM's buffer map. */
  readonly buffers?: readonly Buffer[] | undefined;
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
