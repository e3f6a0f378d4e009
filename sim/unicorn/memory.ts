/**
 * The bus behind Unicorn: Unicorn's memory is a copy of the bus's, kept equal in both directions.
 *
 * @module
 */
import { CoreFault } from "../cpu/architecture.ts";
import type { CpuState } from "../cpu/state.ts";
import type { BoardBus, Window } from "../memory/mod.ts";
import { PROT, type UnicornCore } from "./provider.ts";

const PAGE = 4096;

/** Memory of one Unicorn core. */
export class UnicornMemory {
  readonly #core: UnicornCore;
  readonly #bus: BoardBus;
  /** Pages that are mapped. */
  readonly #mapped = new Set<number>();
  /** Windows whose bytes show elsewhere too. */
  readonly #shared: readonly Window[];
  #devices = 0;
  /** True while a write of the guest goes to the bus: Unicorn makes it itself. */
  #guest = false;

  /**
   * @param core Where to keep the copy
   * @param bus The truth
   * @param codeChanged Called when bytes that were decoded change
   */
  constructor(core: UnicornCore, bus: BoardBus, codeChanged: () => void) {
    this.#core = core;
    this.#bus = bus;
    const { windows } = bus;
    this.#shared = windows.filter((one) =>
      windows.some((other) => other !== one && other.region === one.region)
    );
    const rights = new Map<number, number>();
    for (const { origin, end, access } of windows) {
      const allowed = (access.read ? PROT.read : 0) | (access.write ? PROT.write : 0) |
        (access.execute ? PROT.exec : 0);
      for (let page = Math.floor(origin / PAGE); page * PAGE < end; page++) {
        rights.set(page, (rights.get(page) ?? 0) | allowed);
      }
    }
    this.#map(rights);
    bus.onCodeWrite = (address, length) => {
      codeChanged();
      if (this.#guest) return;
      core.write(address, bus.hostRead(address, length));
      core.forget(address, length);
    };
  }

  /** Maps runs of pages with equal rights. */
  #map(rights: ReadonlyMap<number, number>): void {
    const pages = [...rights.keys()].filter((page) => !this.#mapped.has(page)).sort((a, b) =>
      a - b
    );
    for (let from = 0; from < pages.length;) {
      const first = pages[from] ?? 0;
      let to = from + 1;
      while (
        pages[to] === first + to - from && rights.get(first + to - from) === rights.get(first)
      ) {
        to++;
      }
      this.#core.map(first * PAGE, (to - from) * PAGE, rights.get(first) ?? PROT.all);
      from = to;
    }
    for (const page of pages) this.#mapped.add(page);
  }

  /** Makes the pages of the devices accessible; what is there is decided at each access. */
  mapDevices(): void {
    const { devices } = this.#bus;
    if (devices.length === this.#devices) return;
    this.#devices = devices.length;
    const rights = new Map<number, number>();
    for (const { origin, length } of devices) {
      for (let page = Math.floor(origin / PAGE); page * PAGE < origin + length; page++) {
        rights.set(page, PROT.read | PROT.write);
      }
    }
    this.#map(rights);
  }

  /** Copies everything. */
  reload(): void {
    for (const { origin, end } of this.#bus.windows) {
      this.#core.write(origin, this.#bus.hostRead(origin, end - origin));
    }
  }

  /** A read is about to happen: counts it, and puts in place what a device answers. */
  aboutToRead(cpu: CpuState, address: number, size: number): void {
    const bus = this.#bus;
    checkAlignment(cpu, address, size);
    if (size === 8) {
      this.aboutToRead(cpu, address, 4);
      this.aboutToRead(cpu, address + 4, 4);
      return;
    }
    const value = size === 1
      ? bus.read8(address)
      : size === 2
      ? bus.read16(address)
      : bus.read32(address);
    if (!this.#isDevice(address)) return;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, value, true);
    this.#core.write(address, bytes.subarray(0, size));
  }

  /** A write happens: counts it and makes it, for all windows that show the bytes. */
  written(cpu: CpuState, address: number, size: number, value: bigint): void {
    const bus = this.#bus;
    checkAlignment(cpu, address, size);
    if (size === 8) {
      this.written(cpu, address, 4, BigInt.asUintN(32, value));
      this.written(cpu, address + 4, 4, BigInt.asUintN(32, value >> 32n));
      return;
    }
    const low = Number(BigInt.asIntN(32, value));
    // What a device does to memory is the host's doing, which Unicorn must be told.
    this.#guest = !this.#isDevice(address);
    try {
      if (size === 1) bus.write8(address, low & 0xff);
      else if (size === 2) bus.write16(address, low & 0xffff);
      else bus.write32(address, low);
    } finally {
      this.#guest = false;
    }
    if (this.#shared.length > 0) this.#mirror(address, size);
  }

  #isDevice(address: number): boolean {
    return this.#bus.devices.some(({ origin, length }) =>
      address >= origin && address < origin + length
    );
  }

  #mirror(address: number, size: number): void {
    const from = this.#shared.find((one) => address >= one.origin && address < one.end);
    if (from === undefined) return;
    const flat = from.flat + address - from.origin;
    const bytes = this.#bus.hostRead(address, size);
    for (const { flat: start, origin, end } of this.#shared) {
      const other = origin + flat - start;
      if (other !== address && other >= origin && other + size <= end) {
        this.#core.write(other, bytes);
      }
    }
  }
}

function checkAlignment(cpu: CpuState, address: number, size: number): void {
  const mask = size === 1 ? 0 : size === 2 ? cpu.alignHalf : cpu.alignWord;
  if ((address & mask) !== 0) throw new CoreFault("unaligned", address >>> 0);
}
