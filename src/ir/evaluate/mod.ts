/**
 * Runs a module directly: a walk over its statements, with memory of its own for each allocate. It
 * knows nothing of plans, pools and C, so it tells what a module means to those who place its buffers and
 * generate its code.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import { sizeOf } from "../data.ts";
import { tensorParameters } from "../parameters.ts";
import { type Buffer, type IRModule, MAIN, type PrimFunc, type Stmt, type Var } from "../types.ts";
import { Typing } from "../typing.ts";
import { type Scalar, unsupported, wrap } from "./arithmetic.ts";
import {
  type Callee,
  type Machine,
  type Pointer,
  store,
  truthOf,
  type Value,
  valueOf,
  widthOf,
} from "./expressions.ts";

/** Functions that the module calls but does not have, by name: pointers are bytes from there on. */
export type Externs = ReadonlyMap<string, (args: readonly (number | Uint8Array)[]) => number>;

/** What an evaluation needs besides the module. */
export interface EvaluateOptions {
  /** Bytes of the inputs, by name of the tensor or of main's parameter. */
  readonly inputs?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Kernels. */
  readonly externs?: Externs | undefined;
  /** Statements after which it gives up; default 100 million. */
  readonly maxSteps?: number | undefined;
}

/** What came of it. */
export interface Evaluation {
  /** 0, or what an operator returned when it failed. */
  readonly status: number;
  /** Bytes of the outputs by name, and of all of main's parameters. */
  readonly outputs: ReadonlyMap<string, Uint8Array>;
}

const DEFAULT_STEPS = 100_000_000;
/** Memory nobody has written yet; not 0, so that a program that relies on zeros shows. */
const FILL = 0xa5;
const MAX_CALLS = 1000;

/**
 * Evaluates `__tvm_main__`.
 *
 * @param module A module
 * @param options Inputs, kernels, limit
 * @returns Status and outputs
 * @throws {InputError} E-IR-EVALUATE if an index is outside its buffer, a callee is unknown, a construct has
 *   no definition, an input has another size than its buffer, or the limit of steps is reached
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseModule } from "../parser.ts";
 * import { evaluateModule } from "./mod.ts";
 *
 * const text = `
 * @T.prim_func
 * def __tvm_main__():
 *     T.func_attr({"target": T.target("c")})
 *     y = T.allocate([4], "int8", "global", annotations={"output_tensor": "y"})
 *     for i in range(4):
 *         y[i] = T.Cast("int8", i * 100)
 * `;
 * const { outputs } = evaluateModule(parseModule(text, "net.py"));
 * assertEquals([...new Int8Array(outputs.get("y")?.buffer ?? new ArrayBuffer(0))], [0, 100, -56, 44]);
 * ```
 */
export function evaluateModule(module: IRModule, options: EvaluateOptions = {}): Evaluation {
  const main = module.functions.find((func) => func.name === MAIN);
  if (main === undefined) {
    throw new InputError(
      "E-IR-EVALUATE",
      `Cannot evaluate module ${module.name}: it has no ${MAIN}`,
    );
  }
  return evaluateFunction(module, main, options);
}

/**
 * Evaluates one function of a module, whose parameters are the inputs and outputs.
 *
 * @param module The module, for what the function calls
 * @param func One of its functions
 * @param options Inputs by the parameters' buffers' names, kernels, limit
 * @throws {InputError} As {@linkcode evaluateModule}
 */
export function evaluateFunction(
  module: IRModule,
  func: PrimFunc,
  options: EvaluateOptions = {},
): Evaluation {
  const run = new Run(module, options);
  const views = func.name === MAIN ? tensorParameters(module) : viewsOf(func);
  const args = views.map(({ name, dtype, shape }): Value => {
    const elements = shape.reduce((product, extent) => product * extent, 1);
    return run.tensor(name, elements * widthOf(dtype));
  });
  const status = run.call(func, args);
  return { status: Number(status), outputs: run.outputs };
}

/** The views of a function's parameters. */
function viewsOf(func: PrimFunc): readonly Buffer[] {
  return func.params.map((param) => {
    const view = func.buffers?.find((one) => one.data === param);
    if (view !== undefined) return view;
    throw refuse(
      `parameter ${param.name} of ${func.name} has no buffer, one that says its size is needed`,
    );
  });
}

function refuse(why: string): InputError {
  return new InputError("E-IR-EVALUATE", `Cannot evaluate: ${why}`);
}

/** Thrown to leave a function from inside its statements. */
class Return {
  constructor(readonly value: Scalar) {}
}

class Run implements Machine {
  readonly typing = new Typing();
  readonly outputs = new Map<string, Uint8Array>();
  readonly #functions: ReadonlyMap<string, PrimFunc>;
  readonly #options: EvaluateOptions;
  #steps: number;
  #depth = 0;

  constructor(module: IRModule, options: EvaluateOptions) {
    this.#functions = new Map(module.functions.map((func) => [func.name, func]));
    this.#options = options;
    this.#steps = options.maxSteps ?? DEFAULT_STEPS;
  }

  /** Memory of an input or output. */
  tensor(name: string, size: number): Pointer {
    const bytes = new Uint8Array(size).fill(FILL);
    const input = this.#options.inputs?.get(name);
    if (input !== undefined) {
      if (input.length !== size) {
        throw refuse(`input ${name} has ${input.length} B, its buffer has ${size} B`);
      }
      bytes.set(input);
    }
    this.outputs.set(name, bytes);
    return { view: new DataView(bytes.buffer), offset: 0 };
  }

  callee(name: string): Callee {
    const func = this.#functions.get(name);
    if (func !== undefined) return (args) => this.call(func, args.slice(0, func.params.length));
    const extern = this.#options.externs?.get(name);
    if (extern === undefined) {
      throw refuse(`the module has no function ${name}, and no kernel is given`);
    }
    return (args) =>
      extern(args.map((arg) => {
        if (typeof arg !== "object") return Number(arg);
        return new Uint8Array(arg.view.buffer, arg.view.byteOffset + arg.offset);
      }));
  }

  call(func: PrimFunc, args: readonly Value[]): Scalar {
    if (++this.#depth > MAX_CALLS) throw refuse(`${func.name} is called ${MAX_CALLS} calls deep`);
    const frame = new Map<Var, Value>();
    func.params.forEach((param, i) => {
      const value = args[i];
      if (value === undefined) throw refuse(`a call of ${func.name} has ${args.length} arguments`);
      frame.set(
        param,
        typeof value === "object" || param.dtype === "handle" ? value : wrap(param.dtype, value),
      );
    });
    try {
      this.#run(func.body, frame);
      return 0;
    } catch (error) {
      if (error instanceof Return) return error.value;
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Runs a statement; those that only open a scope are a loop, since they nest as deep as there are buffers. */
  #run(first: Stmt, frame: Map<Var, Value>): void {
    for (let stmt = first;;) {
      if (--this.#steps < 0) throw refuse("the limit of steps is reached");
      switch (stmt.kind) {
        case "seq": {
          const last = stmt.body.at(-1);
          for (const one of stmt.body.slice(0, -1)) this.#run(one, frame);
          if (last === undefined) return;
          stmt = last;
          continue;
        }
        case "allocate": {
          const { annotations, buffer } = stmt;
          const names = [annotations["input_tensor"], annotations["output_tensor"]];
          const name = names.find((one) => typeof one === "string");
          frame.set(
            buffer,
            name === undefined
              ? { view: new DataView(new Uint8Array(sizeOf(stmt)).fill(FILL).buffer), offset: 0 }
              : this.tensor(String(name), sizeOf(stmt)),
          );
          stmt = stmt.body;
          continue;
        }
        case "allocate_const":
          frame.set(stmt.buffer, { view: new DataView(stmt.data.slice().buffer), offset: 0 });
          stmt = stmt.body;
          continue;
        case "let":
          frame.set(
            stmt.variable,
            this.#converted(stmt.variable, valueOf(this, stmt.value, frame)),
          );
          stmt = stmt.body;
          continue;
        case "assert":
          if (!truthOf(this, stmt.condition, frame)) throw new Return(-1);
          stmt = stmt.body;
          continue;
        case "decl_buffer":
        case "attr":
          stmt = stmt.body;
          continue;
        case "if": {
          const next = truthOf(this, stmt.condition, frame) ? stmt.then : stmt.else;
          if (next === undefined) return;
          stmt = next;
          continue;
        }
        case "while":
          while (truthOf(this, stmt.condition, frame)) this.#run(stmt.body, frame);
          return;
        case "for":
          return this.#loop(stmt, frame);
        case "store":
          return store(this, stmt, frame);
        case "evaluate":
          return this.#evaluate(stmt.value, frame);
      }
    }
  }

  #converted({ dtype }: Var, value: Value): Value {
    return typeof value === "object" || dtype === "handle" ? value : wrap(dtype, value);
  }

  #loop(stmt: Extract<Stmt, { kind: "for" }>, frame: Map<Var, Value>): void {
    const { dtype } = stmt.variable;
    if (dtype === "handle") throw unsupported("a loop over pointers");
    const scalar = (value: Value): Scalar => {
      if (typeof value === "object") throw unsupported("a loop over pointers");
      return wrap(dtype, value);
    };
    const min = scalar(valueOf(this, stmt.min, frame));
    const extent = scalar(valueOf(this, stmt.extent, frame));
    const end = wrap(dtype, BigInt(min) + BigInt(extent));
    for (let i = min; i < end;) {
      frame.set(stmt.variable, i);
      this.#run(stmt.body, frame);
      i = typeof i === "bigint" ? i + 1n : i + 1;
    }
  }

  #evaluate(value: Extract<Stmt, { kind: "evaluate" }>["value"], frame: Map<Var, Value>): void {
    if (value.kind === "intrinsic" && value.op === "ret" && value.args[0] !== undefined) {
      const result = valueOf(this, value.args[0], frame);
      throw new Return(typeof result === "object" ? 0 : wrap("int32", result));
    }
    const result = valueOf(this, value, frame);
    if (value.kind === "call_extern" && value.dtype === "int32" && result !== 0) {
      throw new Return(-1);
    }
  }
}
