/**
 * What a program sends to a console: bytes in order, up to a limit, so that a program that prints without
 * end does not exhaust the host's memory.
 *
 * @module
 */

/** Most bytes that are kept of one console. */
export const MAX_OUTPUT: number = 4 * 1024 * 1024;

/** Bytes that were sent, and how many there were in all; plain data. */
export interface OutputState {
  readonly bytes: Uint8Array;
  readonly sent: number;
}

/** A bounded buffer of bytes that grows as it fills. */
export class TextOutput {
  #bytes = new Uint8Array(256);
  #kept = 0;
  #sent = 0;

  /** Bytes that were dropped. */
  get dropped(): number {
    return this.#sent - this.#kept;
  }

  /** True if nothing was sent. */
  get empty(): boolean {
    return this.#sent === 0;
  }

  /** Appends bytes; those beyond the limit are counted and dropped. */
  write(bytes: Uint8Array): void {
    this.#sent += bytes.length;
    const kept = bytes.subarray(0, Math.max(0, MAX_OUTPUT - this.#kept));
    if (kept.length === 0) return;
    this.#reserve(this.#kept + kept.length);
    this.#bytes.set(kept, this.#kept);
    this.#kept += kept.length;
  }

  /** Appends one byte. */
  writeByte(byte: number): void {
    this.#sent++;
    if (this.#kept >= MAX_OUTPUT) return;
    this.#reserve(this.#kept + 1);
    this.#bytes[this.#kept++] = byte;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(MAX_OUTPUT, Math.max(length, 2 * this.#bytes.length)));
    larger.set(this.#bytes.subarray(0, this.#kept));
    this.#bytes = larger;
  }

  /** A copy of what was kept. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#kept);
  }

  /** The same as text; what is not UTF-8 shows as U+FFFD. */
  text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.#kept));
  }

  /** Forgets everything. */
  clear(): void {
    this.#kept = 0;
    this.#sent = 0;
  }

  /** Its state. */
  save(): OutputState {
    return { bytes: this.bytes(), sent: this.#sent };
  }

  /** Goes back to a state. */
  restore({ bytes, sent }: OutputState): void {
    this.clear();
    this.write(bytes);
    this.#sent = sent;
  }
}
