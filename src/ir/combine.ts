/**
 * Several modules as one, so that they are planned together: they run one after the other, so what one
 * needs only while it runs shares memory with what the others need (TVM's use case U2). Inputs, outputs and
 * constants of all of them stay apart.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { MODULE_NAME } from "./checks.ts";
import { sequence } from "./nest.ts";
import { rewriteBody } from "./rewrite.ts";
import { type IRModule, MAIN, type PrimFunc, type Stmt, type Var } from "./types.ts";

/** Module attribute with the names of the modules that it was made of. */
export const COMBINED = "pinmap.modules";
/** Function attribute with the module that a function comes from. */
const ORIGIN = "pinmap.module";

/** A network in a module. */
export interface Entry {
  /** Its name. */
  readonly name: string;
  /** Where it starts. */
  readonly main: PrimFunc;
  /** All its functions, main among them. */
  readonly functions: readonly PrimFunc[];
}

/**
 * Combines modules.
 *
 * @param modules One or more with different names, each with a main
 * @param name Name of the whole; by default those of the parts
 * @returns The only module, or a module whose main calls the mains of all in order
 * @throws {UsageError} E-IR-COMBINE if two have one name or one has no main
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { combineModules, entriesOf } from "./combine.ts";
 * import { moduleBuilder } from "./builder.ts";
 *
 * const nets = ["words", "digits"].map((name) => {
 *   const net = moduleBuilder(name);
 *   net.main().allocate("x", "int8", [8], { input: "x" });
 *   return net.build();
 * });
 * const both = combineModules(nets);
 * assertEquals(both.name, "words_digits");
 * assertEquals(entriesOf(both).map(({ name }) => name), ["words", "digits"]);
 * ```
 */
export function combineModules(modules: readonly IRModule[], name?: string): IRModule {
  const [only, ...more] = modules;
  if (only === undefined) {
    throw new UsageError("E-IR-COMBINE", "Cannot combine modules: none is given, one is needed");
  }
  if (more.length === 0) return only;
  const names = modules.map((module) => module.name);
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) {
    throw new UsageError(
      "E-IR-COMBINE",
      `Cannot combine modules: two are named "${twice}", different names are needed`,
      { hints: [`TVMScript names its module with I.module_attrs({"${MODULE_NAME}": "…"})`] },
    );
  }
  const parts = modules.map(renamed);
  const params: Var[] = [];
  const calls = parts.map((functions, i): Stmt => {
    const callee = `${names[i]}_${MAIN}`;
    const main = functions.find((func) => func.name === callee);
    if (main === undefined) {
      throw new UsageError("E-IR-COMBINE", `Cannot combine module ${names[i]}: it has no ${MAIN}`);
    }
    const args = main.params.map((param): Var => ({ ...param, name: `${names[i]}_${param.name}` }));
    params.push(...args);
    return { kind: "evaluate", value: { kind: "call_extern", dtype: "int32", callee, args } };
  });
  return {
    name: name ?? names.join("_"),
    attrs: { ...Object.assign({}, ...modules.map(({ attrs }) => attrs)), [COMBINED]: names },
    functions: [
      ...parts.flat(),
      { name: MAIN, params, target: "c", attrs: {}, body: sequence(calls) },
    ],
  };
}

/**
 * The networks of a module, in the order in which they run.
 *
 * @param module A module, combined or not
 * @returns None if it has no main
 */
export function entriesOf(module: IRModule): readonly Entry[] {
  const names = module.attrs[COMBINED];
  const parts = Array.isArray(names) ? names.filter((one) => typeof one === "string") : undefined;
  const entry = (name: string, mainName: string, functions: readonly PrimFunc[]): Entry[] => {
    const main = functions.find((func) => func.name === mainName);
    return main === undefined ? [] : [{ name, main, functions }];
  };
  if (parts === undefined) return entry(module.name, MAIN, module.functions);
  return parts.flatMap((part) =>
    entry(part, `${part}_${MAIN}`, module.functions.filter((func) => func.attrs[ORIGIN] === part))
  );
}

/** A module's functions under names of their own. */
function renamed(module: IRModule): readonly PrimFunc[] {
  const names = new Map(module.functions.map(({ name }) => [name, `${module.name}_${name}`]));
  return module.functions.map((func) => ({
    ...func,
    name: names.get(func.name) ?? func.name,
    attrs: { ...func.attrs, [ORIGIN]: module.name },
    body: rewriteBody(func.body, { callee: ({ callee }) => names.get(callee) ?? callee }),
  }));
}
