/**
 * What an ELF file says, in the terms of the System V ABI, chapter 4 ("Object Files"), and of
 * "ELF for the Arm Architecture" (AAELF32).
 *
 * @module
 */

/** An entry of the program header table (gABI, "Program Header"). */
export interface ElfSegment {
  /** Index in the program header table. */
  readonly index: number;
  /** `p_type`; {@linkcode PT_LOAD} is what a loader places. */
  readonly type: number;
  /** Virtual address (VMA): where the program expects it. */
  readonly vaddr: number;
  /** Physical address (LMA): where the loader puts it. */
  readonly paddr: number;
  /** Bytes in the file. */
  readonly filesz: number;
  /** Bytes in memory; those beyond `filesz` have no content. */
  readonly memsz: number;
  /** `PF_X` 1, `PF_W` 2, `PF_R` 4. */
  readonly flags: number;
  /** First byte in the file. */
  readonly offset: number;
  /** The `filesz` bytes. */
  readonly data: Uint8Array;
}

/** An entry of the section header table (gABI, "Section Header"). */
export interface ElfSection {
  /** Index in the section header table. */
  readonly index: number;
  /** Name. */
  readonly name: string;
  /** `sh_type`. */
  readonly type: number;
  /** `sh_flags`. */
  readonly flags: number;
  /** Virtual address (VMA). */
  readonly addr: number;
  /**
   * Load address (LMA): of a section in a `PT_LOAD` segment `p_paddr + (addr − p_vaddr)`, else the
   * VMA.
   */
  readonly lma: number;
  /** Index of the `PT_LOAD` segment that holds it, if one does. */
  readonly segment: number | undefined;
  /** First byte in the file. */
  readonly offset: number;
  /** Bytes in memory. */
  readonly size: number;
  /** Bytes; 0 and 1 mean none. */
  readonly align: number;
  /** Bytes of one entry in a table section. */
  readonly entsize: number;
  /** Index of the related section. */
  readonly link: number;
  /** Content; empty for `SHT_NOBITS`. */
  readonly data: Uint8Array;
}

/** Kind of a symbol, from `st_info`. */
export type ElfSymbolType = "notype" | "object" | "func" | "section" | "file" | "tls" | "other";

/** Binding of a symbol, from `st_info`. */
export type ElfSymbolBinding = "local" | "global" | "weak" | "other";

/** An entry of the symbol table (gABI, "Symbol Table"). */
export interface ElfSymbol {
  /** Name. */
  readonly name: string;
  /** `st_value` as stored: bit 0 is set for Thumb functions (AAELF32 §5.5.3). */
  readonly value: number;
  /** Address of the first byte: `value` without the Thumb bit of functions. */
  readonly address: number;
  /** Bytes; 0 if unknown. */
  readonly size: number;
  /** Kind. */
  readonly type: ElfSymbolType;
  /** Binding. */
  readonly binding: ElfSymbolBinding;
  /** The section it is defined in; `undefined` for absolute, common and undefined symbols. */
  readonly section: ElfSection | undefined;
  /** Whether it has a definition here. */
  readonly defined: boolean;
}

/** A read ELF file. */
export interface ElfImage {
  /** Path for messages. */
  readonly file: string;
  /** `e_entry`. */
  readonly entry: number;
  /** `e_flags`, e.g. EABI version and float ABI. */
  readonly flags: number;
  /** Program header table. */
  readonly segments: readonly ElfSegment[];
  /** Section header table, with the null section at index 0. */
  readonly sections: readonly ElfSection[];
  /** Symbols, in file order. */
  readonly symbols: readonly ElfSymbol[];
  /** The defined symbol of that name; global before weak before local, the first in the file of equals. */
  symbol(name: string): ElfSymbol | undefined;
  /** The first section of that name. */
  section(name: string): ElfSection | undefined;
}

/** Loadable segment. */
export const PT_LOAD = 1;
/** Symbol table. */
export const SHT_SYMTAB = 2;
/** Section without content in the file. */
export const SHT_NOBITS = 8;
/** Pointers to constructors, which compilers mark writable although they may lie in flash. */
export const SHT_INIT_ARRAY = 14;
/** Pointers to destructors. */
export const SHT_FINI_ARRAY = 15;
/** Pointers to early constructors. */
export const SHT_PREINIT_ARRAY = 16;
/** Writable at run time. */
export const SHF_WRITE = 1;
/** Occupies memory at run time. */
export const SHF_ALLOC = 2;
/** Holds instructions. */
export const SHF_EXECINSTR = 4;
