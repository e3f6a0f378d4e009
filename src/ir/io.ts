/**
 * Inputs and outputs as buffers of the workspace: TVM's `tir.usmp.use_workspace_io`, pass
 * CreateAllocatesForIO.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { DTYPES, isDType } from "./data.ts";
import { nest } from "./nest.ts";
import { tensorParameters } from "./parameters.ts";
import { rewriteBody } from "./rewrite.ts";
import { type Buffer, type IRModule, MAIN, type Stmt } from "./types.ts";

/**
 * Makes the parameters of main its outermost allocates, annotated `input_tensor` and `output_tensor`. An
 * input's bytes may then be used again after its last reader, and an output's before its writer: an
 * inference needs its inputs set anew.
 *
 * @param module A module; it stays as it is
 * @returns The same module with a main without parameters
 * @throws {InputError} E-IR-IO if a parameter is neither input nor output, or of a type that buffers do not
 *   have
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { allocateIo } from "./io.ts";
 * import { parseModule } from "./parser.ts";
 * import { allocationsOf } from "./visit.ts";
 *
 * const text = `
 * @T.prim_func
 * def __tvm_main__(a: T.Buffer((4,), "int8"), b: T.Buffer((4,), "int8")):
 *     T.func_attr({"target": T.target("c")})
 *     for i in range(4):
 *         b[i] = a[i]
 * `;
 * const [main] = allocateIo(parseModule(text, "net.py")).functions;
 * assertEquals(main && allocationsOf(main).map((node) => node.annotations), [
 *   { input_tensor: "a" },
 *   { output_tensor: "b" },
 * ]);
 * ```
 */
export function allocateIo(module: IRModule): IRModule {
  const tensors = tensorParameters(module);
  if (tensors.length === 0) return module;
  const functions = module.functions.map((func) => {
    if (func.name !== MAIN) return func;
    // `a: T.Buffer(…)` is a pointer and a view of one name; of an allocate they are two.
    const renamed = new Map((func.buffers ?? []).map((buffer) => [buffer, renamedView(buffer)]));
    const views = [...renamed.values()].map((buffer) => ({
      header: { kind: "decl_buffer" as const, buffer },
    }));
    const allocates = tensors.map(({ variable, name, role, dtype, shape }) => {
      if (!isDType(dtype)) {
        throw new InputError(
          "E-IR-IO",
          `Cannot allocate parameter "${variable.name}" of ${MAIN}: its elements are ${dtype}, one of ${
            DTYPES.join(", ")
          } is needed`,
        );
      }
      return {
        header: {
          kind: "allocate" as const,
          buffer: variable,
          dtype,
          extents: shape,
          scope: "global",
          condition: { kind: "int" as const, value: 1, dtype: "bool" as const },
          annotations: { [`${role}_tensor`]: name },
        },
      };
    });
    const inside = rewriteBody(func.body, { buffer: (buffer) => renamed.get(buffer) ?? buffer });
    const body: Stmt = nest([...allocates, ...views, { stmt: inside }]);
    const { buffers: _, ...rest } = func;
    return { ...rest, params: [], body };
  });
  return { ...module, functions };
}

function renamedView(buffer: Buffer): Buffer {
  return buffer.name === buffer.data.name ? { ...buffer, name: `${buffer.name}_view` } : buffer;
}
