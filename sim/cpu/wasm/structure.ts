/**
 * From a control-flow graph to nested loops and blocks (N. Ramsey, "Beyond Relooper", ICFP 2022): where
 * each node of the dominator tree goes, and which edges are jumps back. A loop that is entered elsewhere
 * than at its head (compilers thread jumps through state machines) has no such form: then a node that
 * selects comes first, a loop around everything, and the edges into such loops go through it.
 *
 * @module
 */

/** How a node is placed. */
export interface Placed {
  /** Its position in reverse postorder. */
  readonly order: number;
  /** Nodes that it dominates immediately and that several forward edges enter, outermost first. */
  readonly merges: readonly number[];
  /** True if an edge jumps back to it. */
  readonly loop: boolean;
  /** True if several forward edges enter it. */
  readonly merge: boolean;
}

/** The node that selects. */
export const SELECT = -1;

/** A structured graph. */
export interface Structure {
  /** Nodes that the entry reaches, by number. */
  readonly placed: ReadonlyMap<number, Placed>;
  /** Nodes that {@linkcode SELECT} leads to, the entry first; empty if all edges can be expressed. */
  readonly selected: readonly number[];
  /** True if an edge has to go through {@linkcode SELECT}. */
  irreducible(from: number, to: number): boolean;
}

function postorder(entry: number, successors: (node: number) => readonly number[]): number[] {
  const seen = new Set([entry]);
  const result: number[] = [];
  const stack = [{ node: entry, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const to = successors(top.node)[top.next++];
    if (to === undefined) {
      result.push(top.node);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ node: to, next: 0 });
    }
  }
  return result;
}

/** A structure of a graph, and the nodes that edges enter which it cannot express. */
interface Attempt extends Omit<Structure, "selected"> {
  readonly missed: ReadonlySet<number>;
}

/**
 * Structures a graph.
 *
 * @param entry First node
 * @param successors Targets of a node's edges, one for each edge
 */
export function structure(
  entry: number,
  successors: (node: number) => readonly number[],
): Structure {
  const { missed, ...plain } = attempt(entry, successors);
  if (missed.size === 0) return { ...plain, selected: [] };
  const selected = [entry];
  for (let more: readonly number[] = [...missed];;) {
    selected.push(...more);
    const next = attempt(SELECT, (node) => node === SELECT ? selected : successors(node));
    more = [...next.missed].filter((node) => !selected.includes(node));
    if (more.length > 0) continue;
    const { placed, irreducible } = next;
    const root = placed.get(SELECT);
    if (root === undefined) throw new Error("a graph without its entry");
    return {
      placed: new Map([...placed, [SELECT, { ...root, loop: true }]]),
      selected,
      irreducible,
    };
  }
}

function attempt(entry: number, successors: (node: number) => readonly number[]): Attempt {
  const nodes = postorder(entry, successors).reverse();
  const order = new Map(nodes.map((node, index) => [node, index]));
  const at = (node: number): number => order.get(node) ?? 0;
  const edges = nodes.flatMap((from) => successors(from).map((to) => [at(from), at(to)] as const));
  const idom: number[] = nodes.map((_, index) => (index === 0 ? 0 : -1));
  const common = (x: number, y: number): number => {
    let [a, b] = [x, y];
    while (a !== b) {
      while (a > b) a = idom[a] ?? 0;
      while (b > a) b = idom[b] ?? 0;
    }
    return a;
  };
  // Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm".
  for (let changed = true; changed;) {
    changed = false;
    const next: number[] = nodes.map(() => -1);
    for (let node = 1; node < nodes.length; node++) {
      for (const [from, to] of edges) {
        if (to !== node || idom[from] === -1) continue;
        next[node] = next[node] === -1 ? from : common(next[node] ?? 0, from);
      }
      const found = next[node] ?? -1;
      if (idom[node] !== found) {
        idom[node] = found;
        changed = true;
      }
    }
  }
  const dominates = (a: number, b: number): boolean => {
    let node = b;
    while (node > a) node = idom[node] ?? 0;
    return node === a;
  };
  const bad = (from: number, to: number): boolean => to <= from && !dominates(to, from);
  const forward = nodes.map(() => 0);
  const loops = nodes.map(() => false);
  const missed = new Set<number>();
  for (const [from, to] of edges) {
    if (to > from) forward[to] = (forward[to] ?? 0) + 1;
    else if (!bad(from, to)) loops[to] = true;
    else missed.add(nodes[to] ?? entry);
  }
  const placed = new Map<number, Placed>();
  nodes.forEach((node, index) => {
    const merges = nodes.filter((_, child) =>
      child > index && idom[child] === index && (forward[child] ?? 0) > 1
    ).reverse();
    placed.set(node, {
      order: index,
      merges,
      loop: loops[index] ?? false,
      merge: (forward[index] ?? 0) > 1,
    });
  });
  return { placed, missed, irreducible: (from, to) => bad(at(from), at(to)) };
}
