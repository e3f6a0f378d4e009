/**
 * Statements of the IR as C11: loops run their rounds one after the other, whatever their kind, since a
 * Cortex-M has one core. Statements nest as deep as a function has buffers, so nothing here recurses
 * over them.
 *
 * @module
 */
import type { Buffer, Expr, PrimFunc, Stmt, Var } from "../../ir/types.ts";
import type { Typing } from "../../ir/typing.ts";
import { childrenOf, expressionsOf, operandsOf, statementsOf } from "../../ir/visit.ts";
import { freeIdentifier } from "../identifiers.ts";
import { cType, elementType } from "./c_types.ts";
import { type ExpressionContext, noC, printElement, printExpression } from "./expressions.ts";
import { atom } from "./operators.ts";
import { fits, Ranges } from "./ranges.ts";

/** What a body needs to know of its function. */
export interface BodyContext {
  /** Types. */
  readonly typing: Typing;
  /** C names of parameters and of the function's buffers. */
  readonly pointers: ReadonlyMap<Var, string>;
  /** Other names that mean something in the function. */
  readonly reserved: ReadonlySet<string>;
  /** Prints a call with the texts of its arguments. */
  readonly call: ExpressionContext["call"];
}

/** A body in C. */
export interface PrintedBody {
  /** Lines, indented for a function. */
  readonly lines: readonly string[];
  /** Variables that it mentions. */
  readonly used: ReadonlySet<Var>;
}

/** What is still to be printed: a statement, or the end of a block with the names that it declared. */
type Item =
  | { readonly stmt: Stmt; readonly depth: number }
  | { readonly text: string; readonly depth: number; readonly closes: boolean };

/**
 * Prints the body of a function.
 *
 * @throws {InputError} E-FIRMWARE-STATEMENT for what has no C, by name; what `context.call` throws
 */
export function printBody(func: PrimFunc, context: BodyContext): PrintedBody {
  const printer = new BodyPrinter(func, context);
  printer.print();
  return { lines: printer.lines, used: printer.used };
}

class BodyPrinter {
  readonly lines: string[] = [];
  readonly used = new Set<Var>();
  readonly #func: PrimFunc;
  readonly #typing: Typing;
  readonly #mentioned: {
    readonly views: ReadonlySet<Buffer>;
    readonly variables: ReadonlySet<Var>;
  };
  readonly #variables: Map<Var, string>;
  readonly #views = new Map<Buffer, string>();
  /** Names in each open block, the innermost last. */
  readonly #blocks: Set<string>[];
  readonly #expressions: ExpressionContext;

  constructor(func: PrimFunc, context: BodyContext) {
    this.#func = func;
    this.#typing = context.typing;
    this.#variables = new Map(context.pointers);
    this.#blocks = [new Set([...context.pointers.values(), ...context.reserved])];
    this.#mentioned = mentionedIn(func);
    this.#expressions = {
      typing: context.typing,
      ranges: new Ranges(context.typing),
      func: func.name,
      call: context.call,
      nameOf: (variable) => {
        const name = this.#variables.get(variable);
        if (name === undefined) {
          throw noC(func.name, `"${variable.name}", which is not defined there`);
        }
        this.used.add(variable);
        return name;
      },
      viewOf: (buffer) => this.#views.get(buffer) ?? this.#expressions.nameOf(buffer.data),
    };
  }

  print(): void {
    for (const view of this.#func.buffers ?? []) this.#declareView(view, 1);
    const waiting: Item[] = [{ stmt: this.#func.body, depth: 1 }];
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
      if ("stmt" in item) {
        waiting.push(...this.#open(item.stmt, item.depth).toReversed());
        continue;
      }
      if (item.closes) this.#blocks.pop();
      this.#line(item.text, item.depth);
      if (item.text.endsWith("{")) this.#blocks.push(new Set());
    }
  }

  /** Prints a statement's own line; gives what comes after it. */
  #open(stmt: Stmt, depth: number): Item[] {
    const inside = (body: Stmt): Item => ({ stmt: body, depth: depth + 1 });
    const end: Item = { text: "}", depth, closes: true };
    const here = (body: Stmt): Item => ({ stmt: body, depth });
    switch (stmt.kind) {
      case "seq":
        return stmt.body.flatMap((one, i) =>
          this.#inSequence(one, i + 1 === stmt.body.length, depth)
        );
      case "allocate":
      case "allocate_const":
      case "attr":
        return [here(stmt.body)];
      case "decl_buffer":
        this.#declareView(stmt.buffer, depth);
        return [here(stmt.body)];
      case "let":
        this.#let(stmt, depth);
        return [here(stmt.body)];
      case "assert":
        this.#block(`if (!${atom(this.#text(stmt.condition))}) {`, depth);
        this.#line("return -1;", depth + 1);
        this.#blocks.pop();
        this.#line("}", depth);
        return [here(stmt.body)];
      case "for":
        return this.#loop(stmt, depth);
      case "while":
        this.#block(`while (${this.#text(stmt.condition)}) {`, depth);
        return [inside(stmt.body), end];
      case "if":
        this.#block(`if (${this.#text(stmt.condition)}) {`, depth);
        return stmt.else === undefined ? [inside(stmt.then), end] : [
          inside(stmt.then),
          { text: "} else {", depth, closes: true },
          inside(stmt.else),
          end,
        ];
      case "store":
        this.#store(stmt, depth);
        return [];
      case "evaluate":
        this.#evaluate(stmt.value, depth);
        return [];
    }
  }

  /** What declares names for its own body only gets a block, unless the block around it ends there too. */
  #inSequence(stmt: Stmt, isLast: boolean, depth: number): Item[] {
    if (isLast || !this.#declares(stmt)) return [{ stmt, depth }];
    return [
      { text: "{", depth, closes: false },
      { stmt, depth: depth + 1 },
      { text: "}", depth, closes: true },
    ];
  }

  #declares(first: Stmt): boolean {
    for (let stmt = first;;) {
      if (stmt.kind === "let" || stmt.kind === "decl_buffer") return true;
      const [only, ...more] = childrenOf(stmt);
      const opens = ["for", "while", "if", "seq"].includes(stmt.kind);
      if (only === undefined || more.length > 0 || opens) return false;
      stmt = only;
    }
  }

  #let({ variable, value }: Extract<Stmt, { kind: "let" }>, depth: number): void {
    const text = this.#text(value);
    if (variable.dtype !== "handle") {
      this.#expressions.ranges.set(variable, this.#expressions.ranges.of(value));
    }
    const name = this.#declare(variable.name);
    this.#variables.set(variable, name);
    const converted = this.#converted(text, value, variable.dtype);
    const type = variable.dtype === "handle" ? "void *const" : `const ${cType(variable.dtype)}`;
    this.#line(`${type} ${name} = ${converted};`.replace("* const", "*const"), depth);
    if (!this.#mentioned.variables.has(variable)) this.#line(`(void)${name};`, depth);
  }

  /** A value in the type of what takes it. */
  #converted(text: string, value: Expr, to: Var["dtype"]): string {
    const { base } = this.#typing.typeOf(value);
    if (base === to || to === "handle") return text;
    return printExpression({ kind: "cast", dtype: to, value }, this.#expressions);
  }

  #loop({ variable, min, extent, body }: Extract<Stmt, { kind: "for" }>, depth: number): Item[] {
    const { ranges } = this.#expressions;
    const first = this.#converted(this.#text(min), min, variable.dtype);
    const [typedMin, typedExtent] = [min, extent].map((one): Expr => {
      const { base } = this.#typing.typeOf(one);
      return base === variable.dtype || variable.dtype === "handle"
        ? one
        : { kind: "cast", dtype: variable.dtype, value: one };
    });
    if (typedMin === undefined || typedExtent === undefined) return [];
    const sum: Expr = { kind: "binary", op: "+", a: typedMin, b: typedExtent };
    const [least, most] = [ranges.of(typedMin), ranges.of(sum)];
    const isZero = min.kind === "int" && min.value === 0;
    const end = isZero ? this.#text(typedExtent) : this.#text(sum);
    const bound = min.kind === "int" && extent.kind === "int" ? min.value + extent.value : NaN;
    const constant = variable.dtype !== "handle" && fits([bound, bound], variable.dtype);
    // Names of the loop's own block.
    const names = new Set<string>();
    const name = this.#free(variable.name);
    names.add(name);
    this.#variables.set(variable, name);
    if (least !== undefined && most !== undefined) {
      ranges.set(variable, [least[0], Math.max(least[0], most[1] - 1)]);
    }
    const type = cType(variable.dtype);
    const simple = /^\w+$/.test(end) || constant;
    const limit = constant && min.kind === "int" && extent.kind === "int"
      ? this.#text({ ...(min.value === 0 ? extent : min), value: bound })
      : end;
    const last = simple ? "" : this.#free(`${name}_end`);
    if (!simple) names.add(last);
    const head = simple
      ? `for (${type} ${name} = ${first}; ${name} < ${limit}; ${name}++) {`
      : `for (${type} ${name} = ${first}, ${last} = ${end}; ${name} < ${last}; ${name}++) {`;
    this.#line(head, depth);
    this.#blocks.push(names);
    return [{ stmt: body, depth: depth + 1 }, { text: "}", depth, closes: true }];
  }

  #store({ buffer, indices, value }: Extract<Stmt, { kind: "store" }>, depth: number): void {
    const index = indices.at(-1);
    const lanes = Math.max(
      this.#typing.typeOf(value).lanes,
      index === undefined ? 1 : this.#typing.typeOf(index).lanes,
    );
    const { base } = this.#typing.typeOf(value);
    const typed: Expr = base === buffer.dtype
      ? value
      : { kind: "cast", dtype: buffer.dtype, value };
    if (lanes === 1) {
      const place = printElement(buffer, indices, this.#expressions);
      this.#line(`${place} = ${this.#text(typed)};`, depth);
      return;
    }
    // All lanes are computed before any is written.
    const name = this.#declare("lanes");
    const texts = Array.from(
      { length: lanes },
      (_, lane) => printExpression(typed, this.#expressions, lane),
    );
    this.#line(
      `const ${elementType(buffer.dtype)} ${name}[${lanes}] = {${texts.join(", ")}};`,
      depth,
    );
    for (let lane = 0; lane < lanes; lane++) {
      const place = printElement(buffer, indices, this.#expressions, lane);
      this.#line(`${place} = ${name}[${lane}];`, depth);
    }
  }

  #evaluate(value: Expr, depth: number): void {
    if (value.kind === "int" || value.kind === "float" || value.kind === "string") return;
    if (value.kind === "intrinsic" && value.op === "ret" && value.args[0] !== undefined) {
      this.#line(
        `return ${this.#converted(this.#text(value.args[0]), value.args[0], "int32")};`,
        depth,
      );
      return;
    }
    const text = this.#text(value);
    if (value.kind !== "call_extern") {
      this.#line(`(void)${atom(text)};`, depth);
      return;
    }
    this.#line(`if (${text} != 0) {`, depth);
    this.#line("return -1;", depth + 1);
    this.#line("}", depth);
  }

  #declareView(buffer: Buffer, depth: number): void {
    if (!this.#mentioned.views.has(buffer)) return;
    const pointer = this.#expressions.nameOf(buffer.data);
    const name = this.#declare(buffer.name);
    this.#views.set(buffer, name);
    this.#line(`${elementType(buffer.dtype)} *const ${name} = ${pointer};`, depth);
  }

  get #lastBlock(): Set<string> {
    return this.#blocks.at(-1) ?? new Set();
  }

  /** A C name that no open block has, in the innermost block. */
  #declare(name: string): string {
    const free = this.#free(name);
    this.#lastBlock.add(free);
    return free;
  }

  #free(name: string): string {
    return freeIdentifier(name, (one) => this.#blocks.some((block) => block.has(one)));
  }

  #block(text: string, depth: number): void {
    this.#line(text, depth);
    this.#blocks.push(new Set());
  }

  #text(expr: Expr): string {
    return printExpression(expr, this.#expressions);
  }

  #line(text: string, depth: number): void {
    this.lines.push("  ".repeat(depth) + text);
  }
}

/** Views whose elements, and variables whose values, a body mentions. */
function mentionedIn(func: PrimFunc): { views: Set<Buffer>; variables: Set<Var> } {
  const views = new Set<Buffer>();
  const variables = new Set<Var>();
  const visit = (expr: Expr): void => {
    if (expr.kind === "load") views.add(expr.buffer);
    if (expr.kind === "var") variables.add(expr);
    operandsOf(expr).forEach(visit);
  };
  for (const stmt of statementsOf(func.body)) {
    if (stmt.kind === "store") views.add(stmt.buffer);
    if (stmt.kind === "attr") continue;
    expressionsOf(stmt).forEach(visit);
  }
  for (const view of views) variables.add(view.data);
  return { views, variables };
}
