/**
 * Modules made by hand: declare buffers and constants, then call kernels in order. What is declared is
 * visible in everything that follows it in the function, as in TVMScript's statement form.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { closest, formatBytes } from "../base/units.ts";
import { alignmentProblem, extentsProblem, intProblem, nameProblem } from "./checks.ts";
import {
  bytesOf,
  DTYPES,
  type Element,
  encodeElements,
  isDType,
  isElement,
  rangeOf,
  sizeOf,
} from "./data.ts";
import { type FlatStmt, nest } from "./nest.ts";
import type {
  Allocate,
  Annotations,
  DType,
  Expr,
  IntImm,
  IRModule,
  PrimFunc,
  Var,
} from "./types.ts";
import { CANDIDATE_MEMORY_POOLS, MAIN } from "./types.ts";
import { verifyModule } from "./verify.ts";

/** What a constant is declared with. */
export interface ConstOptions {
  /** Pools that it may end up in, in order of preference (RFC 0023). */
  readonly candidates?: readonly string[];
  /** Bytes, a power of two. */
  readonly alignment?: number;
  /** Storage scope: `global` unless the buffer is already in a pool, then `global.<pool>`. */
  readonly scope?: string;
  /** Further annotations. */
  readonly annotations?: Annotations;
}

/** What a buffer is declared with. */
export interface AllocateOptions extends ConstOptions {
  /** The network's name of the input tensor that this buffer holds. */
  readonly input?: string;
  /** The network's name of the output tensor that this buffer holds. */
  readonly output?: string;
}

/** How a function is declared. */
export interface FunctionOptions {
  /** Target, by default `c`: decides which pools the function can reach. */
  readonly target?: string;
  /** Names of pointer parameters. */
  readonly params?: readonly string[];
  /** Further attributes. */
  readonly attrs?: Annotations;
}

/** An argument of a call: a buffer or its name, or an `int32`. */
export type Argument = Expr | string | number;

/** A function in the making. */
export interface FunctionBuilder {
  /**
   * Declares a buffer.
   *
   * @param name C identifier, unique in the function
   * @param dtype Element type
   * @param extents Elements along each axis, each ≥ 0
   * @param options Candidates, alignment, role
   * @returns The buffer's pointer, to be passed to {@linkcode call}
   * @throws {UsageError} E-IR-NAME, E-IR-VALUE
   */
  allocate(
    name: string,
    dtype: DType,
    extents: readonly number[],
    options?: AllocateOptions,
  ): Var;
  /**
   * Declares a constant.
   *
   * @param name C identifier, unique in the function
   * @param dtype Element type
   * @param extents Elements along each axis
   * @param data Elements in row-major order, or their little-endian bytes as a Uint8Array
   * @param options Candidates and alignment
   * @returns The constant's pointer
   * @throws {UsageError} E-IR-NAME, E-IR-VALUE
   */
  allocateConst(
    name: string,
    dtype: DType,
    extents: readonly number[],
    data: ArrayLike<Element>,
    options?: ConstOptions,
  ): Var;
  /**
   * Calls a function of the module or an external one, for instance a kernel.
   *
   * @param callee Its name
   * @param args Buffers, names of buffers, and numbers
   * @returns The same builder, for the next call
   * @throws {UsageError} E-IR-SCOPE for a name that was not declared, E-IR-VALUE
   */
  call(callee: string, args?: readonly Argument[]): FunctionBuilder;
}

/** A module in the making. */
export interface ModuleBuilder {
  /** Adds the function that execution starts in. */
  main(options?: FunctionOptions): FunctionBuilder;
  /** Adds a function. */
  func(name: string, options?: FunctionOptions): FunctionBuilder;
  /** Sets a module attribute. */
  attr(key: string, value: Annotations[string]): ModuleBuilder;
  /** The module; functions in the order in which they were added. */
  build(): IRModule;
}

/**
 * Starts a module.
 *
 * @param name C identifier; the generated C interface carries it
 * @returns Builder; errors name the function and the buffer
 * @throws {UsageError} E-IR-NAME, E-IR-VALUE, E-IR-SCOPE
 *
 * @example Two buffers with candidates and one kernel
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { moduleBuilder } from "./builder.ts";
 *
 * const net = moduleBuilder("audio");
 * const main = net.main();
 * const samples = main.allocate("samples", "int8", [8000], { candidates: ["dtcm", "sram1"] });
 * const copy = main.allocate("copy", "int8", [8000], { candidates: ["sram1"], alignment: 32 });
 * main.call("pinmap_copy_s8", [samples, copy, 8000]);
 * assertEquals(net.build().functions.length, 1);
 * ```
 */
export function moduleBuilder(name = "default"): ModuleBuilder {
  refuse("E-IR-NAME", `module ${JSON.stringify(name)}`, nameProblem(name));
  const functions = new Map<string, () => PrimFunc>();
  const attrs = new Map<string, Annotations[string]>();
  const builder: ModuleBuilder = {
    main: (options) => builder.func(MAIN, options),
    func: (funcName, options = {}) => {
      const where = `function ${JSON.stringify(funcName)}`;
      refuse("E-IR-NAME", where, nameProblem(funcName));
      if (functions.has(funcName)) {
        refuse("E-IR-NAME", where, "it was declared before, needs another name");
      }
      const made = functionBuilder(funcName, options);
      functions.set(funcName, made.finish);
      return made.builder;
    },
    attr: (key, value) => {
      attrs.set(key, value);
      return builder;
    },
    build: () => {
      const module: IRModule = {
        name,
        functions: [...functions.values()].map((finish) => finish()),
        attrs: Object.fromEntries(attrs),
      };
      verifyModule(module);
      return module;
    },
  };
  return builder;
}

function refuse(code: string, where: string, problem: string | undefined): void {
  if (problem !== undefined) throw new UsageError(code, `Cannot declare ${where}: ${problem}`);
}

function functionBuilder(name: string, options: FunctionOptions) {
  const list: FlatStmt[] = [];
  const declared = new Map<string, Var>();
  const declare = (variable: string): Var => {
    const where = `${JSON.stringify(variable)} in function ${JSON.stringify(name)}`;
    refuse("E-IR-NAME", where, nameProblem(variable));
    if (declared.has(variable)) {
      refuse("E-IR-NAME", where, "it was declared before, needs another name");
    }
    const made: Var = { kind: "var", name: variable, dtype: "handle" };
    declared.set(variable, made);
    return made;
  };
  const params = (options.params ?? []).map(declare);
  const builder: FunctionBuilder = {
    allocate: (variable, dtype, extents, wanted = {}) => {
      checkShape(variable, dtype, extents);
      const annotations = annotationsOf(variable, wanted);
      const buffer = declare(variable);
      const scope = wanted.scope ?? "global";
      const header: Omit<Allocate, "body"> = {
        kind: "allocate",
        buffer,
        dtype,
        extents: [...extents],
        scope,
        condition: TRUE,
        annotations,
      };
      list.push({ header });
      return buffer;
    },
    allocateConst: (variable, dtype, extents, data, wanted = {}) => {
      checkShape(variable, dtype, extents);
      const annotations = annotationsOf(variable, wanted);
      const bytes = constantBytes(variable, dtype, extents, data);
      const buffer = declare(variable);
      const scope = wanted.scope ?? "global";
      const shape = { buffer, dtype, extents: [...extents] };
      list.push({ header: { kind: "allocate_const", ...shape, data: bytes, scope, annotations } });
      return buffer;
    },
    call: (callee, args = []) => {
      refuse("E-IR-NAME", `a call of ${JSON.stringify(callee)}`, nameProblem(callee));
      const resolved = args.map((arg) => argument(arg, name, callee, declared));
      const value: Expr = { kind: "call_extern", dtype: "int32", callee, args: resolved };
      list.push({ stmt: { kind: "evaluate", value } });
      return builder;
    },
  };
  const finish = (): PrimFunc => ({
    name,
    params,
    target: options.target ?? "c",
    attrs: options.attrs ?? {},
    body: nest(list),
  });
  return { builder, finish };
}

const TRUE: IntImm = { kind: "int", value: 1, dtype: "bool" };

function checkShape(variable: string, dtype: string, extents: readonly number[]): void {
  const where = JSON.stringify(variable);
  if (!isDType(dtype)) {
    return refuse("E-IR-VALUE", where, `type "${dtype}" is not known, needs ${DTYPES.join(", ")}`);
  }
  refuse("E-IR-VALUE", where, extentsProblem(dtype, extents));
}

function annotationsOf(variable: string, options: AllocateOptions): Annotations {
  const { candidates, alignment, input, output, annotations } = options;
  const where = JSON.stringify(variable);
  if (alignment !== undefined) refuse("E-IR-VALUE", where, alignmentProblem(alignment));
  if (candidates?.length === 0) {
    refuse("E-IR-VALUE", where, "its candidates are an empty list, needs at least one pool");
  }
  return {
    ...(candidates === undefined ? {} : { [CANDIDATE_MEMORY_POOLS]: [...candidates] }),
    ...(alignment === undefined ? {} : { alignment }),
    ...(input === undefined ? {} : { input_tensor: input }),
    ...(output === undefined ? {} : { output_tensor: output }),
    ...annotations,
  };
}

/** A Uint8Array holds bytes already, whatever the element type; anything else holds elements. */
function constantBytes(
  variable: string,
  dtype: DType,
  extents: readonly number[],
  data: ArrayLike<Element>,
): Uint8Array {
  const where = JSON.stringify(variable);
  const needed = sizeOf({ dtype, extents });
  const raw = data instanceof Uint8Array;
  if (data.length !== (raw ? needed : needed / bytesOf(dtype))) {
    const actual = raw ? formatBytes(data.length) : `${data.length} elements`;
    const wanted = raw ? formatBytes(needed) : `${needed / bytesOf(dtype)}`;
    refuse("E-IR-VALUE", where, `its data has ${actual}, needs ${wanted}`);
  }
  if (raw) return data.slice();
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value === undefined || !isElement(dtype, value)) {
      refuse("E-IR-VALUE", where, `element ${i} is ${value}, needs ${rangeOf(dtype)}`);
    }
  }
  return encodeElements(dtype, data);
}

function argument(
  arg: Argument,
  func: string,
  callee: string,
  declared: ReadonlyMap<string, Var>,
): Expr {
  if (typeof arg === "number") {
    refuse("E-IR-VALUE", `a call of "${callee}"`, intProblem(arg, "int32"));
    return { kind: "int", value: arg, dtype: "int32" };
  }
  if (typeof arg !== "string" && arg.kind !== "var") return arg;
  const name = typeof arg === "string" ? arg : arg.name;
  const variable = declared.get(name);
  if (variable === undefined || (typeof arg !== "string" && variable !== arg)) {
    const near = closest(name, declared.keys());
    throw new UsageError(
      "E-IR-SCOPE",
      `Cannot call "${callee}" in function "${func}": buffer "${name}" was not declared there, needs ` +
        `an allocate, a constant or a parameter`,
      { hints: near === undefined || near === name ? [] : [`Did you mean "${near}"?`] },
    );
  }
  return variable;
}
