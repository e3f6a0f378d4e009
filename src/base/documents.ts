/**
 * The JSON documents that scripts rely on: `pinmap/plan-1`, `pinmap/build-1`, `pinmap/run-1`, `pinmap/profile-1`,
 * `pinmap/check-1`, and `pinmap/error-1` in place of each when something went wrong. Field
 * names are those of the JSON. Rooms produce them, reports print them; new fields may be added, none
 * changes its meaning within a version.
 *
 * @module
 */
import type { SourceLocation } from "./error.ts";

/** `pinmap plan --format json`. */
export interface PlanDocument {
  /** Version. */
  readonly schema: "pinmap/plan-1";
  /** Name of the board. */
  readonly board: string;
  /** Name of the module. */
  readonly module: string;
  /** Planner. */
  readonly algorithm: string;
  /** `optimal` if every buffer is in its first pool and every pool meets its lower bound. */
  readonly status: "optimal" | "feasible";
  /** Bytes used above the lower bounds, summed over the pools; 0 if `optimal`. */
  readonly gap_bytes: number;
  /** What was minimised, if it was not bytes. */
  readonly objective?: "cycles" | undefined;
  /** What the plan costs, if cycles were minimised: cycles of one inference that the core waits for data. */
  readonly cycles?: {
    /** Where the accesses are from. */
    readonly source: "estimate" | "profile";
    /** Sum over the allocations. */
    readonly total: number;
    /** No plan takes fewer. */
    readonly lower_bound: number;
    /** `total - lower_bound`. */
    readonly gap: number;
    /** `optimal` if the gap is 0. */
    readonly status: "optimal" | "feasible";
    /** Functions that the profile counted, with the region that each is to run from. */
    readonly functions: readonly {
      readonly name: string;
      readonly region: string;
      /** Bytes. */
      readonly size: number;
      /** Cycles of one inference that the core waits for its instructions; also in `total`. */
      readonly cycles: number;
      /** The cheapest other region; `null` if there is none. */
      readonly next_best: { readonly region: string; readonly cycles: number } | null;
    }[];
    /** The largest buffer first, each into the fastest pool with room; `null` if that finds no room. */
    readonly largest_first: number | null;
    /** Facts that are missing, and what is guessed. */
    readonly notes: readonly string[];
  } | undefined;
  /** What ended the search before it was done, if something did. */
  readonly stopped?: "time" | "nodes" | "interrupt" | undefined;
  /** Pools. */
  readonly pools: readonly {
    readonly name: string;
    readonly region: string;
    readonly kind: "workspace" | "constant";
    readonly limit_bytes: number;
    readonly used_bytes: number;
    readonly lower_bound_bytes: number;
  }[];
  /** Buffers and constants; uses are statement numbers, both ends included. */
  readonly allocations: readonly {
    readonly name: string;
    readonly pool: string;
    readonly offset: number;
    readonly size: number;
    readonly alignment: number;
    readonly first_use: number;
    readonly last_use: number;
    readonly candidates: readonly string[];
    readonly kind: "workspace" | "constant";
    readonly spilled: boolean;
    /** The input that it is written over, if its operator works in place. */
    readonly in_place_of?: string | undefined;
    /** Accesses of one inference and what they cost, if cycles were minimised. */
    readonly cost?: {
      readonly reads: number;
      readonly read_bytes: number;
      readonly writes: number;
      readonly write_bytes: number;
      /** Cycles that the core waits. */
      readonly cycles: number;
      /** The cheapest other candidate; `null` if there is none. */
      readonly next_best: { readonly pool: string; readonly cycles: number } | null;
    } | undefined;
  }[];
  /** Stack, heap and static data, which share the regions. */
  readonly residents: readonly {
    readonly name: string;
    readonly region: string;
    readonly size: number;
  }[];
}

/** `pinmap plan --compare A,B --format json`. */
export interface CompareDocument {
  /** Version. */
  readonly schema: "pinmap/compare-1";
  /** Name of the board; empty for a problem without one. */
  readonly board: string;
  /** Name of the module or the problem. */
  readonly module: string;
  /** One for each algorithm, in the order asked for. */
  readonly results: readonly ComparedPlan[];
}

/** What one of several algorithms came to. */
export interface ComparedPlan {
  /** Planner. */
  readonly algorithm: string;
  /** `infeasible` if it found no room for a buffer; see `message`. */
  readonly status: "optimal" | "feasible" | "infeasible";
  /** Time that planning took, milliseconds. */
  readonly milliseconds: number;
  /** The plan, if there is one. */
  readonly plan: PlanDocument | null;
  /** Why there is no plan. */
  readonly message: string | null;
}

/**
 * `pinmap run --profile-out FILE`, for `pinmap plan --objective cycles --profile FILE`: how often buffers and
 * parameters were read and written.
 */
export interface ProfileDocument {
  /** Version. */
  readonly schema: "pinmap/profile-1";
  /** Inferences that the counts are the sum of, 1 or more. */
  readonly inferences: number;
  /** Every buffer and parameter of the module, by its name in the plan. */
  readonly buffers: readonly {
    readonly name: string;
    /** Read accesses of the core. */
    readonly reads: number;
    /** Bytes that they read. */
    readonly read_bytes: number;
    /** Write accesses of the core. */
    readonly writes: number;
    /** Bytes that they wrote. */
    readonly write_bytes: number;
  }[];
  /**
   * Kernels, operators and what kernels call, by symbol; two of one name move together and are one. With them
   * code competes for the regions too.
   */
  readonly functions?:
    | readonly {
      readonly name: string;
      /** Bytes of code. */
      readonly size: number;
      /** Instructions that were fetched. */
      readonly instructions: number;
      /** Times that a fetch entered another line, by the line's bits (16, 32, 64, 128 or 256). */
      readonly lines: Readonly<Record<string, number>>;
    }[]
    | undefined;
}

/** Accesses of one kind in one region. */
export interface AccessDocument {
  /** Accesses; for fetches, instructions. */
  readonly accesses: number;
  /** Bytes. */
  readonly bytes: number;
  /** Cycles that the core waited. */
  readonly cycles: number;
}

/** `pinmap run --format json`. */
export interface RunDocument {
  /** Version. */
  readonly schema: "pinmap/run-1";
  /** Name of the board. */
  readonly board: string;
  /** Execution engine. */
  readonly engine: string;
  /** Timing model with what is known of its error. */
  readonly timing_model: string;
  /** SHA-256 of the ELF file, hex. */
  readonly elf_sha256: string;
  /** Why the run ended; a stack that was written to its last byte counts as a fault. */
  readonly exit: {
    readonly reason: "exit" | "host" | "fault" | "limit";
    readonly code: number;
    readonly message?: string;
  };
  /** Instructions since reset. */
  readonly instructions: number;
  /** Cycles since reset: `core_cycles` plus the `cycles` of every region. */
  readonly cycles: number;
  /** Cycles of the instructions at zero wait states, and those slept. */
  readonly core_cycles: number;
  /** Those of `core_cycles` that the core slept (WFI, WFE); absent if it did not. */
  readonly sleep_cycles?: number;
  /** Regions and aliases. */
  readonly regions: readonly {
    readonly name: string;
    readonly fetch: AccessDocument;
    readonly read: AccessDocument;
    readonly write: AccessDocument;
    readonly cycles: number;
  }[];
  /** One per input set. */
  readonly inferences: readonly {
    readonly output_base64: string;
    readonly instructions: number;
    readonly cycles: number;
  }[];
  /** What it printed, by console (`semihosting`, serial ports, `itm`); absent if nothing. */
  readonly consoles?: readonly { readonly name: string; readonly text: string }[];
  /** Exclusive, descending by cycles. */
  readonly functions: readonly {
    readonly name: string;
    readonly cycles: number;
    readonly instructions: number;
  }[];
  /** What other initiators than the core did, where functions run on them; in none of the figures above. */
  readonly initiators?: readonly {
    readonly name: string;
    /** Times that one of its functions was called. */
    readonly calls: number;
    readonly instructions: number;
    /** `core_cycles` plus the `cycles` of every region. */
    readonly cycles: number;
    readonly core_cycles: number;
    readonly regions: readonly {
      readonly name: string;
      readonly read: AccessDocument;
      readonly write: AccessDocument;
      readonly cycles: number;
    }[];
  }[];
  /** Deepest use of the stack, where the manifest tells where the stack is. */
  readonly stack?: { readonly region: string; readonly size: number; readonly used: number };
  /** What a reader of the figures must know, e.g. facts that the board file lacks. */
  readonly notes: readonly string[];
}

/** One finding of the placement check. */
export interface Finding {
  /** Stable identifier, e.g. `C-REGION`. */
  readonly code: string;
  /** Errors fail the check. */
  readonly severity: "error" | "warning";
  /** Sentence with actual and expected. */
  readonly message: string;
  /** Symbol, if it is about one. */
  readonly symbol: string | null;
  /** Section, if it is about one. */
  readonly section: string | null;
  /** Address, if it is about one. */
  readonly address: number | null;
  /** Where it should be. */
  readonly expected_region: string | null;
  /** Where it is; `null` if in no region. */
  readonly actual_region: string | null;
}

/** `pinmap check --format json`. */
export interface CheckDocument {
  /** Version. */
  readonly schema: "pinmap/check-1";
  /** Name of the board. */
  readonly board: string;
  /** SHA-256 of the ELF file, hex. */
  readonly elf_sha256: string;
  /** Whether there is no finding of severity `error`. */
  readonly ok: boolean;
  /** Every allocated section of the ELF. */
  readonly placements: readonly {
    readonly section: string;
    readonly vma: number;
    readonly lma: number;
    readonly size: number;
    readonly region: string | null;
    readonly expected: string | null;
    readonly ok: boolean;
  }[];
  /** What is wrong or doubtful. */
  readonly findings: readonly Finding[];
}

/** `pinmap build --format json`. */
export interface BuildDocument {
  /** Version. */
  readonly schema: "pinmap/build-1";
  /** Path of the ELF file. */
  readonly elf: string;
  /** First line of what the compiler says about its version. */
  readonly toolchain: string;
  /** Placement check of the ELF. */
  readonly check: CheckDocument;
}

/** A change after which everything fits: planning was run again with it. */
export interface PlanChange {
  /**
   * `allow` a buffer another pool, `grow` a pool, `add` a pool, `move` stack, heap or data, `algorithm` another
   * planner, `shorten` a lifetime, `align` a buffer to less, `free` a buffer from its fixed offset, `drop` a pair
   * that is kept apart, `pin` buffers to pools, `place` a buffer at another fixed offset.
   */
  readonly kind:
    | "allow"
    | "grow"
    | "add"
    | "move"
    | "algorithm"
    | "shorten"
    | "align"
    | "free"
    | "drop"
    | "pin"
    | "place";
  /** Sentence. */
  readonly text: string;
  /** Flags that make it; none where the model, the module or the problem file has to change. */
  readonly flags: readonly string[];
  /** `grow`: bytes more than now. */
  readonly bytes?: number | undefined;
  /** `grow`: whether no smaller limit lets an exact search find a layout, proved. */
  readonly least?: boolean | undefined;
}

/** One thing that stands in the way of a plan. */
export interface PlanFinding {
  /** Stable identifier; `pinmap explain CODE` says what it means. */
  readonly code:
    | "P-SIZE"
    | "P-LIVE"
    | "P-ALIGN"
    | "P-FIXED"
    | "P-WISH"
    | "P-PACKING"
    | "P-PLANNER"
    | "P-SEARCH"
    | "P-REACH";
  /** Sentence. */
  readonly message: string;
  /** How it is known that the buffers cannot be placed together; `null` if it is not. */
  readonly proof: "bound" | "exhausted" | "rule" | null;
  /** Whether it is proved that without any one of the buffers the others can be placed. */
  readonly irreducible: boolean;
  /** Statement (or time) in which most bytes of the buffers are live; `null` if all times are alike. */
  readonly moment: number | null;
  /** Bytes that the buffers need: live at once, or the least limit if they have one pool and that is known. */
  readonly needed_bytes: number;
  /** Bytes of all the pools below together. */
  readonly available_bytes: number;
  /** Pools that the buffers may go into. */
  readonly pools: readonly {
    readonly name: string;
    readonly region: string;
    readonly limit_bytes: number;
    /** Least limit with which the buffers can be placed, the other pools as they are; `null` if not known. */
    readonly needed_bytes: number | null;
  }[];
  /** Buffers that cannot be placed together, the largest first. */
  readonly buffers: readonly {
    readonly name: string;
    readonly size: number;
    readonly alignment: number;
    readonly candidates: readonly string[];
    /** First and last statement, both included; none if it is live always, as constants are. */
    readonly intervals: readonly (readonly [first: number, last: number])[];
    /** Offset that it must have, if it must. */
    readonly offset: number | null;
  }[];
  /** Changes that help, those that change least first. */
  readonly changes: readonly PlanChange[];
}

/** What every command writes with `--format json` when it fails before it has a result. */
export interface ErrorDocument {
  /** Version. */
  readonly schema: "pinmap/error-1";
  /** Stable identifier, e.g. `E-PLAN-FIT`. */
  readonly code: string;
  /** What could not be done, the actual and the needed. */
  readonly message: string;
  /** Where in which file, if the cause lies in a text file. */
  readonly location?: SourceLocation | undefined;
  /** What the reader can do. */
  readonly hints: readonly string[];
  /** Exit code 3: what stands in the way of a plan, and the changes that help. */
  readonly findings?: readonly PlanFinding[] | undefined;
  /** Machine-readable facts, by code. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** What `pinmap --version --format json` writes. */
export interface VersionDocument {
  /** Version of this format. */
  readonly schema: "pinmap/version-1";
  /** pinmap's own version. */
  readonly version: string;
  /** Deno's version. */
  readonly deno: string;
  /** Version of the JavaScript engine, which compiles translated code. */
  readonly v8: string;
  /** The host, e.g. `x86_64-unknown-linux-gnu`. */
  readonly system: string;
}
