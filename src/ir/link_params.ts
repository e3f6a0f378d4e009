/**
 * `T.lookup_param("p0")` of TVM 0.8: a parameter whose bytes are beside the module, not in it. Given the
 * bytes it becomes a constant of main (RFC 0022's `T.allocate_const`), which is planned like any other.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { closest, formatBytes } from "../base/units.ts";
import { isDType, sizeOf } from "./data.ts";
import { nest } from "./nest.ts";
import { tensorParameters } from "./parameters.ts";
import { rewriteBody } from "./rewrite.ts";
import { type Expr, type IRModule, MAIN, type Var } from "./types.ts";

/**
 * Puts parameters into a module.
 *
 * @param module A module; it stays as it is
 * @param data Little-endian bytes, by the name that main looks up
 * @returns The same module with a constant for each parameter that main looks up
 * @throws {InputError} E-IR-PARAM if a parameter that main looks up is not given or has another size than the
 *   functions that use it say, or if one is given that main does not look up
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linkParams } from "./link_params.ts";
 * import { parseModule } from "./parser.ts";
 * import { allocationsOf } from "./visit.ts";
 *
 * const text = `
 * @T.prim_func
 * def __tvm_main__(y: T.handle):
 *     T.func_attr({"target": T.target("c")})
 *     T.evaluate(T.call_extern("copy", T.lookup_param("p0", dtype="handle"), y, dtype="int32"))
 *
 * @T.prim_func
 * def copy(a: T.Buffer((4,), "int8"), b: T.Buffer((4,), "int8")):
 *     T.func_attr({"target": T.target("c")})
 *     for i in range(4):
 *         b[i] = a[i]
 * `;
 * const linked = linkParams(parseModule(text, "net.py"), new Map([["p0", Uint8Array.of(1, 2, 3, 4)]]));
 * assertEquals(linked.functions[0] && allocationsOf(linked.functions[0]).map((node) => node.extents), [[4]]);
 * ```
 */
export function linkParams(module: IRModule, data: ReadonlyMap<string, Uint8Array>): IRModule {
  const main = module.functions.find((func) => func.name === MAIN);
  if (main === undefined) return module;
  const taken = new Set(main.params.map(({ name }) => name));
  const variables = new Map<string, Var>();
  const variableOf = (name: string): Var => {
    const known = variables.get(name);
    if (known !== undefined) return known;
    let own = name;
    for (let n = 2; taken.has(own); n++) own = `${name}_${n}`;
    taken.add(own);
    const variable: Var = { kind: "var", name: own, dtype: "handle" };
    variables.set(name, variable);
    return variable;
  };
  const body = rewriteBody(main.body, {
    intrinsic: (expr): Expr => {
      const [name] = expr.args;
      return expr.op === "lookup_param" && name?.kind === "string" ? variableOf(name.value) : expr;
    },
  });
  refuseUnknown(data, variables);
  // As parameters of main they get their types and extents from the functions that use them.
  const asParams = { ...main, params: [...main.params, ...variables.values()], body };
  const tensors = tensorParameters({
    ...module,
    functions: module.functions.map((func) => func === main ? asParams : func),
  });
  const constants = [...variables].map(([name, buffer]) => {
    const tensor = tensors.find(({ variable }) => variable === buffer);
    const bytes = data.get(name);
    if (tensor === undefined || !isDType(tensor.dtype)) {
      throw paramError(`Cannot link parameter "${name}": its elements are ${tensor?.dtype}`, []);
    }
    const { dtype, shape: extents } = tensor;
    const size = sizeOf({ dtype, extents });
    if (bytes === undefined) {
      throw paramError(
        `Cannot link parameter "${name}": it is not given, ${
          formatBytes(size)
        } of ${dtype} are needed`,
        [`Add --param ${name}=FILE with its raw bytes`],
      );
    }
    if (bytes.length !== size) {
      throw paramError(
        `Cannot link parameter "${name}": ${formatBytes(bytes.length)} are given, ${
          formatBytes(size)
        } ` +
          `are needed for [${extents.join(", ")}] of ${dtype}`,
        [],
      );
    }
    return {
      header: {
        kind: "allocate_const" as const,
        buffer,
        dtype,
        extents,
        data: bytes.slice(),
        scope: "global",
        annotations: {},
      },
    };
  });
  const linked = { ...main, body: nest([...constants, { stmt: body }]) };
  return { ...module, functions: module.functions.map((func) => func === main ? linked : func) };
}

function refuseUnknown(
  data: ReadonlyMap<string, Uint8Array>,
  variables: ReadonlyMap<string, Var>,
): void {
  const names = [...variables.keys()];
  const unknown = [...data.keys()].find((name) => !variables.has(name));
  if (unknown === undefined) return;
  const guess = closest(unknown, names);
  throw paramError(
    `Cannot link parameter "${unknown}": main looks up ${names.join(", ") || "none"}`,
    guess === undefined ? [] : [`Did you mean "${guess}"?`],
  );
}

function paramError(message: string, hints: readonly string[]): InputError {
  return new InputError("E-IR-PARAM", message, { hints });
}
