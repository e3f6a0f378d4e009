/**
 * What a board file says, after validation. Board files are the only source of memory facts; see
 * `boards/README.md` for the file format.
 *
 * @module
 */

/** Cores that board files may name. */
export type CoreName =
  | "cortex-m0"
  | "cortex-m0plus"
  | "cortex-m3"
  | "cortex-m4"
  | "cortex-m7"
  | "cortex-m23"
  | "cortex-m33";

/** Floating-point units, in GCC's spelling. */
export type FpuName = "none" | "fpv4-sp-d16" | "fpv5-sp-d16" | "fpv5-d16";

/** An L1 cache. */
export interface Cache {
  /** Bytes. */
  readonly size: number;
  /** Associativity. */
  readonly ways: number;
  /** Bytes in a line. */
  readonly line: number;
}

/** The interrupt controller. */
export interface Nvic {
  /** Interrupts that the chip has, without the 16 exceptions of the core. */
  readonly interrupts: number;
  /** Bits of a priority that are implemented. */
  readonly priorityBits: number;
}

/** The processor. */
export interface Cpu {
  /** Which core. */
  readonly core: CoreName;
  /** Revision such as `r1p1`, where a source names it. */
  readonly revision?: string | undefined;
  /** Floating-point unit. */
  readonly fpu: FpuName;
  /** False if a Cortex-M33 is built without the DSP extension. */
  readonly dsp?: boolean | undefined;
  /** Clock at which the wait states of the regions hold, Hz. */
  readonly clockHz: number;
  /** Regions of the memory protection unit; missing or 0 if the core has none. */
  readonly mpuRegions?: number | undefined;
  /** True if the bits of SRAM and peripherals have words of their own at 0x2200_0000 and 0x4200_0000. */
  readonly bitBand?: boolean | undefined;
  /** L1 instruction cache; off after reset. */
  readonly icache?: Cache | undefined;
  /** L1 data cache; off after reset. */
  readonly dcache?: Cache | undefined;
  /** Interrupt controller, where a source describes it. */
  readonly nvic?: Nvic | undefined;
  /** Keys of {@linkcode Board.sources}, or locators such as `rm0385 §2.1`. */
  readonly source: string;
}

/** What may be done with a region. */
export interface Access {
  /** Data reads. */
  readonly read: boolean;
  /** Data writes. */
  readonly write: boolean;
  /** Instruction fetches. */
  readonly execute: boolean;
}

/** Cycles that an access waits beyond the core's own cost, at {@linkcode Cpu.clockHz}. */
export interface WaitStates {
  /** A data read of up to the region's width. */
  readonly read?: number | undefined;
  /** A data write of up to the region's width. */
  readonly write?: number | undefined;
  /** A fetch of a new line of the region's width. */
  readonly fetch?: number | undefined;
}

/** TVM's PoolInfo properties, for planners that weigh pools. */
export interface PoolProperties {
  /** Hz. */
  readonly clockFrequencyHz?: number | undefined;
  /** Bytes a cycle. */
  readonly readBandwidthBytesPerCycle?: number | undefined;
  /** Bytes a cycle. */
  readonly writeBandwidthBytesPerCycle?: number | undefined;
  /** Cycles. */
  readonly readLatencyCycles?: number | undefined;
  /** Cycles. */
  readonly writeLatencyCycles?: number | undefined;
  /** Bytes, by target. */
  readonly targetBurstBytes?: Readonly<Record<string, number>> | undefined;
}

/** A range inside a region that nothing of ours may use, half open `[origin, origin + length)`. */
export interface ReservedRange {
  /** Absolute address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
  /** Who owns it, e.g. `boot2`. */
  readonly purpose: string;
}

/** A memory of the board, at its canonical address. */
export interface Region {
  /** Lower-case name, e.g. `dtcm`; also the default name of the pool in it. */
  readonly name: string;
  /** `ram` loses its content at power-off, `nvm` (flash, external flash) is where images are loaded, `rom` is the maker's. */
  readonly kind: "ram" | "nvm" | "rom";
  /** First address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
  /** Access rights. */
  readonly access: Access;
  /** Bus or port of the core, e.g. `itcm`, `dtcm`, `axim`, `i-code`, `system`. */
  readonly port?: string | undefined;
  /** Bits that one access of the memory delivers. */
  readonly width?: number | undefined;
  /** Wait states; a missing one is unknown. */
  readonly waitStates?: WaitStates | undefined;
  /** Accelerator or prefetch unit in front of it, as documented; off after reset. */
  readonly accelerator?: string | undefined;
  /** Who can reach it: `c` is the core, others such as `dma`, `accel`. */
  readonly initiators: readonly string[];
  /** Section names that belong in it, e.g. `.dtcm`. */
  readonly sections: readonly string[];
  /** Ranges that are taken. */
  readonly reserved: readonly ReservedRange[];
  /** What TVM's PoolInfo would say. */
  readonly pool: PoolProperties;
  /** Where these facts come from. */
  readonly source: string;
}

/** The same bytes as a region, at another address, perhaps through another port at another cost. */
export interface Alias {
  /** Name, unique among regions and aliases. */
  readonly name: string;
  /** Name of the region. */
  readonly of: string;
  /** First address. */
  readonly origin: number;
  /** Bytes; the alias shows the region's first `length` bytes after `offset`. */
  readonly length: number;
  /** First byte of the region that the alias shows. */
  readonly offset: number;
  /** Access rights through this address. */
  readonly access: Access;
  /** Port. */
  readonly port?: string | undefined;
  /** Bits. */
  readonly width?: number | undefined;
  /** Wait states through this port. */
  readonly waitStates?: WaitStates | undefined;
  /** Accelerator on this port. */
  readonly accelerator?: string | undefined;
  /** Where these facts come from. */
  readonly source: string;
}

/** Memory that several regions share, such as the FlexRAM of i.MX RT. */
export interface Budget {
  /** Name. */
  readonly name: string;
  /** Bytes that the regions' lengths may sum to. */
  readonly length: number;
  /** Lengths must be multiples of this many bytes. */
  readonly granule: number;
  /** Names of the regions. */
  readonly regions: readonly string[];
  /** Where these facts come from. */
  readonly source: string;
}

/** Serial ports that can be emulated, by the name of their design. */
export type UartKind =
  | "cmsdk-apb-uart"
  | "stm32-usart-v1"
  | "stm32-usart-v2"
  | "pl011"
  | "nxp-lpuart";

/** A serial port. */
export interface Uart {
  /** Name such as `usart1`. */
  readonly name: string;
  /** Design. */
  readonly kind: UartKind;
  /** Address of its first register. */
  readonly origin: number;
  /** Number of its interrupt, or of the one for reception. */
  readonly irq?: number | undefined;
  /** Number of the interrupt for transmission, where that is another one. */
  readonly irqTx?: number | undefined;
  /** True if its registers are shown again at +0x1000, +0x2000 and +0x3000 to toggle, set and clear bits. */
  readonly atomicAliases?: boolean | undefined;
  /** Where these facts come from. */
  readonly source: string;
}

/** A register of a {@linkcode Peripheral} with another value than 0 after reset. */
export interface ResetValue {
  /** Offset, a multiple of 4. */
  readonly register: number;
  /** Value. */
  readonly value: number;
}

/** Bits of a {@linkcode Peripheral} that show what other bits were set to, such as "ready" bits. */
export interface Follows {
  /** Offset of the register that shows them. */
  readonly register: number;
  /** Lowest bit shown. */
  readonly bit: number;
  /** Lowest bit that they follow. */
  readonly of: number;
  /** Offset of the register with those, default the same. */
  readonly ofRegister?: number | undefined;
  /** Number of bits, default 1. */
  readonly width?: number | undefined;
  /** True if they show the opposite. */
  readonly inverted?: boolean | undefined;
  /** True if one bit of 2^width is shown: the one whose number the bits are. */
  readonly oneHot?: boolean | undefined;
}

/** Registers that keep what is written and do nothing, for start-up code that sets clocks. */
export interface Peripheral {
  /** Name such as `rcc`. */
  readonly name: string;
  /** Address of its first register. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
  /** Values after reset. */
  readonly reset: readonly ResetValue[];
  /** Bits that follow others. */
  readonly follows: readonly Follows[];
  /** As for {@linkcode Uart}. */
  readonly atomicAliases?: boolean | undefined;
  /** Where these facts come from. */
  readonly source: string;
}

/** A validated board. */
export interface Board {
  /** Version of the file format. */
  readonly schema: "pinmap/board-1";
  /** Name such as `stm32f746g-disco`. */
  readonly name: string;
  /** Name for people. */
  readonly title: string;
  /** Chip name as probe-rs has it, where it has one. */
  readonly chip?: string | undefined;
  /** Documents, by the key that `source` fields start with. */
  readonly sources: Readonly<Record<string, string>>;
  /** Processor. */
  readonly cpu: Cpu;
  /** Address of the vector table that the core or the boot ROM starts from. */
  readonly vectorTable: number;
  /** Where the file is, for messages. */
  readonly file: string;
  /** Memories, in order of preference for default pools. */
  readonly regions: readonly Region[];
  /** Other addresses of the same memories. */
  readonly aliases: readonly Alias[];
  /** Shared budgets. */
  readonly budgets: readonly Budget[];
  /** Serial ports. */
  readonly uarts?: readonly Uart[] | undefined;
  /** Other peripherals. */
  readonly peripherals?: readonly Peripheral[] | undefined;
}
