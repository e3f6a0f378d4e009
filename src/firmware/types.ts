/**
 * What the firmware room gives: a folder of sources with its manifest, and how toolchains are driven.
 *
 * @module
 */

/** A symbol that must be somewhere. */
export interface ManifestPlacement {
  /** Symbol in the ELF. */
  readonly symbol: string;
  /** What it is. */
  readonly kind:
    | "vectors"
    | "workspace-pool"
    | "constant-pool"
    | "buffer"
    | "constant"
    | "code"
    | "stack"
    | "heap";
  /** ELF section that it must be in. */
  readonly section: string;
  /** Region that it must be in. */
  readonly region: string;
  /** Region that its image is loaded from, if it is copied at start-up or lies in non-volatile memory. */
  readonly load_region?: string | undefined;
  /** For buffers and constants: the pool. */
  readonly pool?: string | undefined;
  /** For buffers and constants: bytes from the pool's symbol. */
  readonly offset?: number | undefined;
  /** Bytes, if known before linking. */
  readonly size?: number | undefined;
  /** Bytes. */
  readonly alignment?: number | undefined;
  /** For buffers and constants: name in the plan. */
  readonly name?: string | undefined;
  /** For buffers and constants: symbols of the module's functions that touch it. */
  readonly functions?: readonly string[] | undefined;
  /** For buffers and constants: statement of the plan in which it is live first. */
  readonly first_use?: number | undefined;
  /** For buffers and constants that not only the core touches: all initiators that do. */
  readonly initiators?: readonly string[] | undefined;
}

/** A tensor that the host sets or reads. */
export interface ManifestTensor {
  /** The network's name. */
  readonly name: string;
  /** Symbol of its first byte. */
  readonly symbol: string;
  /** Bytes. */
  readonly bytes: number;
  /** Element type. */
  readonly dtype: string;
  /** Shape. */
  readonly shape: readonly number[];
  /** Quantisation step, where the model has it. */
  readonly scale?: number | undefined;
  /** Quantised zero. */
  readonly zero_point?: number | undefined;
}

/** `manifest.json`: what the linked ELF must look like. Field names are the file's. */
export interface Manifest {
  /** Version. */
  readonly schema: "pinmap/manifest-1";
  /** Name of the board. */
  readonly board: string;
  /** Name of the module. */
  readonly module: string;
  /** What must be where. */
  readonly placements: readonly ManifestPlacement[];
  /** Pools. */
  readonly pools: readonly {
    readonly name: string;
    readonly region: string;
    readonly kind: "workspace" | "constant";
    readonly section: string;
    readonly symbol: string;
    readonly limit_bytes: number;
    readonly used_bytes: number;
  }[];
  /** Inputs in order. */
  readonly inputs: readonly ManifestTensor[];
  /** Outputs in order. */
  readonly outputs: readonly ManifestTensor[];
  /** Stack of the start-up code: grows down from `top_symbol` to `bottom_symbol`. */
  readonly stack: {
    readonly region: string;
    readonly size: number;
    readonly bottom_symbol: string;
    readonly top_symbol: string;
  };
  /** Initiators that run functions instead of the core, with the regions that they reach. */
  readonly initiators?:
    | readonly {
      readonly name: string;
      readonly regions: readonly string[];
      /** Symbols of their functions. */
      readonly functions: readonly string[];
    }[]
    | undefined;
  /**
   * Where the harness stops for its host, and the cell that says for how many inferences; none if the
   * program has a main of the user's.
   */
  readonly harness?: {
    /** Function entered before each inference: inputs may be set. */
    readonly begin_symbol: string;
    /** Function entered after each inference: outputs may be read. */
    readonly end_symbol: string;
    /** A 32-bit cell in flash: 0 = stand-alone (one inference, outputs printed), N = run N inferences for a host. */
    readonly count_symbol: string;
  } | undefined;
}

/** The take-away folder, before it is written. */
export interface FirmwareFolder {
  /** Text of each file, by its name in the folder; C, headers, linker script, build file, manifest.json. */
  readonly files: ReadonlyMap<string, string>;
  /** The manifest, also among the files. */
  readonly manifest: Manifest;
}

/** A compiler driver that was found. */
export interface Toolchain {
  /** `gcc`, `clang` or `zig`. */
  readonly kind: "gcc" | "clang" | "zig";
  /** Path of the driver. */
  readonly path: string;
  /** First line of its version text. */
  readonly version: string;
  /** Arguments that come before all others, e.g. `["cc"]` for Zig. */
  readonly prefix: readonly string[];
  /** Environment that it needs. */
  readonly env: Readonly<Record<string, string>>;
}
