/**
 * What a module does with the parameters of its main function: who reads and writes them first, through
 * calls and other names. TVM's ahead-of-time executor makes the network's inputs and outputs parameters of main.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import {
  type Buffer,
  type CallExtern,
  type Expr,
  type IRModule,
  MAIN,
  type PrimFunc,
} from "./types.ts";
import type { ScalarType, Var } from "./types.ts";
import { expressionsOf, operandsOf, statementsOf } from "./visit.ts";

/** A parameter of main that is a tensor. */
export interface TensorParameter {
  /** The parameter. */
  readonly variable: Var;
  /** Name of the tensor: that of its view, or the parameter's. */
  readonly name: string;
  /** Read first, or written first. */
  readonly role: "input" | "output";
  /** Element type. */
  readonly dtype: ScalarType;
  /** Extents. */
  readonly shape: readonly number[];
  /** Functions that touch it, by name. */
  readonly users: readonly string[];
}

interface Use {
  reads: boolean;
  writes: boolean;
  first: "read" | "write" | undefined;
  view: Buffer | undefined;
  readonly users: Set<string>;
}

/** More calls than any network has. */
const MAX_CALLS = 100_000;

/**
 * Finds inputs and outputs of a module whose main has parameters.
 *
 * A tensor that is written before anything reads it is an output, even if it is read again later; one that is
 * only read is an input. Of a function that the module does not have, the last pointer is taken to be written and
 * the others to be read, as kernels do it.
 *
 * @param module The module
 * @returns Main's parameters in order; none if it has none or there is no main
 * @throws {InputError} E-IR-IO if a parameter is a scalar, is neither read nor written, is read and written
 *   before it has a value, or nothing says how large it is
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseModule } from "./parser.ts";
 * import { tensorParameters } from "./parameters.ts";
 *
 * const text = `
 * @T.prim_func
 * def __tvm_main__(a: T.Buffer((4,), "int8"), b: T.Buffer((4,), "int8")):
 *     T.func_attr({"target": T.target("c")})
 *     for i in range(4):
 *         b[i] = a[i]
 * `;
 * const tensors = tensorParameters(parseModule(text, "net.py"));
 * assertEquals(tensors.map(({ name, role }) => [name, role]), [["a", "input"], ["b", "output"]]);
 * ```
 */
export function tensorParameters(module: IRModule): readonly TensorParameter[] {
  const main = module.functions.find((func) => func.name === MAIN);
  if (main === undefined) return [];
  const uses = new Map(main.params.map((param) => [param, emptyUse()]));
  const walk = { module, calls: 0, calling: new Set<PrimFunc>() };
  follow(walk, main, new Map(main.params.map((param) => [param, uses.get(param)])));
  return main.params.map((variable) => describe(variable, uses.get(variable) ?? emptyUse(), main));
}

function emptyUse(): Use {
  return { reads: false, writes: false, first: undefined, view: undefined, users: new Set() };
}

function describe(variable: Var, use: Use, main: PrimFunc): TensorParameter {
  const what = `Cannot tell what parameter "${variable.name}" of ${main.name} is`;
  const refuse = (why: string, hint: string) =>
    new InputError("E-IR-IO", `${what}: ${why}`, { hints: [hint] });
  if (variable.dtype !== "handle") {
    throw refuse(
      `it is a ${variable.dtype}, a tensor is needed`,
      "Make it a constant, or a tensor of one element",
    );
  }
  if (!use.reads && !use.writes) {
    throw refuse("nothing reads or writes it, one of both is needed", "Remove the parameter");
  }
  if (use.reads && use.writes && use.first === "read") {
    throw refuse(
      "it is read before it is written, and written: an input or an output is needed",
      "Let the operator write another tensor, and copy",
    );
  }
  if (use.view === undefined) {
    throw refuse(
      "nothing says how large it is",
      "Give it a T.match_buffer in the function that uses it",
    );
  }
  const { dtype, shape } = use.view;
  const own = main.buffers?.find((buffer) => buffer.data === variable);
  return {
    variable,
    name: own?.name ?? variable.name,
    role: use.writes ? "output" : "input",
    dtype,
    shape,
    users: [...use.users],
  };
}

interface Walk {
  readonly module: IRModule;
  calls: number;
  readonly calling: Set<PrimFunc>;
}

type Names = Map<Var, Use | undefined>;

function follow(walk: Walk, func: PrimFunc, names: Names): void {
  if (walk.calling.has(func) || ++walk.calls > MAX_CALLS) return;
  walk.calling.add(func);
  const touch = (variable: Var, kind: "read" | "write"): void => {
    const use = names.get(variable);
    if (use === undefined) return;
    use.first ??= kind;
    if (kind === "read") use.reads = true;
    else use.writes = true;
    use.users.add(func.name);
  };
  for (const view of func.buffers ?? []) see(names.get(view.data), view);
  const visit = (expr: Expr): void => {
    // An address is no access.
    if (expr.kind === "intrinsic" && expr.op === "address_of" && expr.args[0]?.kind === "load") {
      return expr.args[0].indices.forEach(visit);
    }
    operandsOf(expr).filter((one) => pointerOf(one) === undefined || expr.kind !== "call_extern")
      .forEach(visit);
    if (expr.kind === "load") touch(expr.buffer.data, "read");
    if (expr.kind === "call_extern") call(walk, expr, names, touch);
  };
  for (const stmt of statementsOf(func.body)) {
    if (stmt.kind === "decl_buffer") see(names.get(stmt.buffer.data), stmt.buffer);
    if (stmt.kind === "let" && stmt.variable.dtype === "handle") {
      const pointer = pointerOf(stmt.value);
      names.set(stmt.variable, pointer === undefined ? undefined : names.get(pointer));
    }
    if (stmt.kind === "attr") continue;
    expressionsOf(stmt).forEach(visit);
    if (stmt.kind === "store") touch(stmt.buffer.data, "write");
  }
  walk.calling.delete(func);
}

/** The largest view says how large the tensor is. */
function see(use: Use | undefined, view: Buffer): void {
  const size = (one: Buffer) =>
    one.shape.reduce(
      (product, extent) => product * extent,
      Number(one.dtype.replace(/^[a-z]+/, "") || 8),
    );
  if (use !== undefined && (use.view === undefined || size(view) > size(use.view))) use.view = view;
}

function call(
  walk: Walk,
  expr: CallExtern,
  names: Names,
  touch: (variable: Var, kind: "read" | "write") => void,
): void {
  const callee = walk.module.functions.find((func) => func.name === expr.callee);
  const pointers = expr.args.map(pointerOf);
  if (callee !== undefined) {
    const inside: Names = new Map(callee.params.map((param, i) => {
      const pointer = pointers[i];
      return [param, pointer === undefined ? undefined : names.get(pointer)];
    }));
    return follow(walk, callee, inside);
  }
  const given = pointers.filter((one) => one !== undefined);
  given.forEach((pointer, i) => touch(pointer, i === given.length - 1 ? "write" : "read"));
}

/** The pointer that an argument stands for, if it is one. */
function pointerOf(expr: Expr): Var | undefined {
  if (expr.kind === "var") return expr.dtype === "handle" ? expr : undefined;
  if (expr.kind === "cast") return pointerOf(expr.value);
  if (expr.kind !== "intrinsic") return undefined;
  const [first, second] = expr.args;
  if (expr.op === "address_of" && first?.kind === "load") return first.buffer.data;
  if (expr.op === "tvm_access_ptr" && second !== undefined) return pointerOf(second);
  return expr.op === "reinterpret" && first !== undefined ? pointerOf(first) : undefined;
}
