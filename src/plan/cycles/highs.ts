/**
 * HiGHS as a solver of the choice of pools: an integer program without offsets, in CPLEX's LP format. It is
 * loaded only when somebody asks for it (`npm:highs`, WebAssembly).
 *
 * @module
 */
import type { Model } from "./model.ts";
import type { ChoiceSolver } from "./solve.ts";

/** What is used of HiGHS. */
interface Highs {
  solve(lp: string, options: Readonly<Record<string, number | boolean>>): {
    readonly Status: string;
    readonly ObjectiveValue: number;
    readonly Columns: Readonly<Record<string, { readonly Primal?: number | null }>>;
  };
}

/** Nodes of HiGHS's own search: a limit that is the same on every machine. */
const MOST_NODES = 20_000;

/**
 * Loads HiGHS.
 *
 * @param nodes Nodes of its search at most
 * @returns A solver for `choiceSolver` of the plan's options; where the nodes do not suffice it gives no bound
 *
 * @example
 * ```ts
 * import { loadBoard } from "../../board/mod.ts";
 * import { moduleBuilder } from "../../ir/mod.ts";
 * import { plan } from "../plan.ts";
 * import { loadHighs } from "./highs.ts";
 *
 * const net = moduleBuilder("net");
 * net.main().allocate("a", "int8", [64]);
 * const choiceSolver = await loadHighs();
 * plan(net.build(), await loadBoard("stm32f407g-disco"), { objective: "cycles", choiceSolver });
 * ```
 */
export async function loadHighs(nodes: number = MOST_NODES): Promise<ChoiceSolver> {
  // Deno types the default export of this CommonJS package as the whole module.
  const module = await import("highs") as unknown as { default: () => Promise<Highs> };
  const highs = await module.default();
  return (model) => {
    const options = {
      mip_rel_gap: 0,
      mip_abs_gap: 1e-6,
      mip_max_nodes: nodes,
      output_flag: false,
      threads: 1,
    };
    const solution = highs.solve(toLp(model), options);
    const isOptimal = solution.Status === "Optimal";
    const columns = solution.Columns;
    const choice = Int32Array.from(
      model.items,
      ({ choices }, i) => choices.findIndex((_, k) => (columns[`x${i}_${k}`]?.Primal ?? 0) > 0.5),
    );
    return {
      bound: isOptimal ? solution.ObjectiveValue - 1e-6 : -Infinity,
      choice: choice.includes(-1) ? undefined : choice,
    };
  };
}

/** The choice as an integer program. */
export function toLp({ items, capacities, binOf, moments }: Model): string {
  const lines = ["Minimize", " weight:"];
  const term = (factor: number, name: string) => ` + ${factor} ${name}`;
  for (const [i, { choices }] of items.entries()) {
    for (const [k, { weight }] of choices.entries()) lines.push(term(weight, `x${i}_${k}`));
  }
  lines.push("Subject To");
  items.forEach(({ choices }, i) => {
    lines.push(` one${i}:`, ...choices.map((_, k) => term(1, `x${i}_${k}`)), " = 1");
  });
  capacities.forEach((capacity, bin) => {
    for (let moment = 0; moment < moments; moment++) {
      const live = items.flatMap(({ choices, ranges, bytes }, i) =>
        ranges.some(([first, last]) => first <= moment && moment <= last)
          ? choices.flatMap(({ pool }, k) => binOf[pool] === bin ? [term(bytes, `x${i}_${k}`)] : [])
          : []
      );
      if (live.length > 0) lines.push(` live${bin}_${moment}:`, ...live, ` <= ${capacity}`);
    }
  });
  lines.push("Binary", ...items.flatMap(({ choices }, i) => choices.map((_, k) => ` x${i}_${k}`)));
  return [...lines, "End", ""].join("\n");
}
