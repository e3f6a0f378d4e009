/**
 * The private peripheral bus is for privileged code: other data accesses are bus errors (DDI 0403, B3.1,
 * table B3-3), except the stimulus ports of the ITM and, where CCR.USERSETMPEND allows it, STIR.
 *
 * @module
 */
import { type AccessKind, type Guard, MemoryFault } from "../types.ts";

const ORIGIN = 0xe000_0000;
const END = 0xe010_0000;
const STIMULUS_END = 0xe000_0080;
const STIR = 0xe000_ef00;

/** What decides of the exceptions. */
export interface PrivateBusRules {
  /** True if the core has an ITM. */
  readonly itm: boolean;
  /** True while CCR.USERSETMPEND is set. */
  readonly userTrigger: () => boolean;
}

/** Makes the guard of the private peripheral bus. */
export function createPrivateBusGuard(rules: PrivateBusRules): Guard {
  const refuse = (address: number, kind: AccessKind): never => {
    throw new MemoryFault(address, kind, "unprivileged");
  };
  const isOpen = (address: number): boolean => rules.itm && address < STIMULUS_END;
  return {
    name: "private peripheral bus",
    ranges: [{ origin: ORIGIN, end: END, modes: [1, 4] }],
    read: (address) => isOpen(address) ? undefined : refuse(address, "read"),
    write: (address) => {
      const allowed = isOpen(address) || (address === STIR && rules.userTrigger());
      return allowed ? false : refuse(address, "write");
    },
  };
}
