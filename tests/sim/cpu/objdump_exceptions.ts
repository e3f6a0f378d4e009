/**
 * Every way in which this decoder and objdump may disagree, with the reason and a word that shows it. A
 * disagreement that no line of this list explains fails the test, and so does a line that explains nothing.
 *
 * @module
 */

/** What a word is here; UNPREDICTABLE ones are undefined instructions too, but have a text. */
export type Kind = "defined" | "unpredictable" | "undefined";

/** A reasoned disagreement. */
export interface Exception {
  /** What the word may be here. */
  readonly kinds: readonly Kind[];
  /** Our text. */
  readonly here: RegExp;
  /** objdump's text. */
  readonly objdump: RegExp;
  /** The words, where texts do not tell. */
  readonly only?: (word: number) => boolean;
  /** Why both are right, or why objdump is not. */
  readonly reason: string;
  /** A word that shows it. */
  readonly witness: number;
}

const ANY = /^/;
const ALL: readonly Kind[] = ["defined", "unpredictable"];
const COPROCESSOR = "(cdp|mcr|mrc|mcrr|mrrc|ldc|stc)2?l?";

function missing(objdump: RegExp, witness: number, reason: string): Exception {
  return { kinds: ["undefined"], here: ANY, objdump, reason, witness };
}

function hint(objdump: RegExp, witness: number): Exception {
  return {
    kinds: ["defined"],
    here: /^nop/,
    objdump,
    reason: "a hint of another profile or version, which executes as NOP here",
    witness,
  };
}

/** The list. */
export const EXCEPTIONS: readonly Exception[] = [
  missing(/^(hlt|setend|setpan) /, 0xb650, "16-bit instruction of the A profile"),
  missing(/^(smc|hvc|dcps\d|bxj|eret)\b/, 0xf7f0_8000, "A profile: exception levels and Jazelle"),
  missing(/^(srs|rfe)(db|ia) /, 0xe80d_c013, "A profile: return state"),
  missing(/^subs pc, lr,/, 0xf3de_8f04, "A profile: exception return"),
  missing(/^cps( #|i[ed](\.w)?( |$))/, 0xf3af_8400, "A profile: 32-bit CPS"),
  missing(/^crc32c?[bhw] /, 0xfac4_f3a2, "A profile: CRC-32"),
  missing(/^(ld|st)(r|l|a)?exd /, 0xe8d0_127f, "A profile: exclusive access to 8 bytes"),
  missing(/^blx 0x/, 0xf04e_e452, "A and R profile: branch to Arm code"),
  missing(/^(sb|dfb)$/, 0xf3bf_8f70, "speculation barrier of Armv8.5-A"),
  {
    ...missing(ANY, 0xef02_8ce4, "A profile: Advanced SIMD"),
    only: (word) => (word & 0xef00_0000) >>> 0 === 0xef00_0000,
  },
  {
    ...missing(/^v(ld|st)[1-4]/, 0xf920_000f, "A profile: loads and stores of Advanced SIMD"),
    only: (word) =>
      (word & 0xff10_0000) >>> 0 === 0xf900_0000 ||
      (word & 0xff30_0000) >>> 0 === 0xf920_0000,
  },
  missing(
    /^(bf|bfl|bfx|bflx|bfcsel|le|letp|wls|wlstp\.\d+|dls|dlstp\.\d+|lctp)( |$)/,
    0xf040_e001,
    "Armv8.1-M: low-overhead loops and branch future",
  ),
  missing(
    new RegExp(`^${COPROCESSOR} 1[01], `),
    0xee38_faf2,
    "coprocessors 10 and 11 are the floating-point extension: what it has not is undefined",
  ),
  missing(
    /^v(mov\.[su]?(8|16)|dup\.(8|16|32)) /,
    0xee00_0b30,
    "A profile: scalars of Advanced SIMD",
  ),
  {
    ...missing(/^vmov\.32 /, 0xeebe_8b10, "an unsigned scalar of 32 bits: objdump ignores the bit"),
    only: (word) => (word & 0x0080_0000) !== 0,
  },
  missing(/^v(movx|ins)\.f16 /, 0xfef0_ea4d, "half precision of Armv8.1-M and Armv8.2-A"),
  missing(
    /^vm(rs|sr) .*(fpsid|mvfr\d|fpexc|fpinst2?|vpr|p0|fpcxt_n?s|nzcvqc|<impl def)/,
    0xeef0_0a10,
    "registers of other floating-point units; the M profile maps its feature registers to memory",
  ),
  missing(/^vjcvt\./, 0xeeb9_1bc9, "A profile: conversion for JavaScript"),
  missing(/^(ldr|str)\?\?/, 0xf95e_ebf3, "a size that no load or store has"),
  {
    ...missing(
      /^(ldr|str)s?[bh]?\.w \w+, \[\w+, \w+/,
      0xf85c_a044,
      "bits 7 and 6 must be 0 in a load or store with an index",
    ),
    only: (word) => (word & 0xfe80_0f00) >>> 0 === 0xf800_0000 && (word & 0xc0) !== 0,
  },
  {
    ...missing(
      /^pl[di]w? \[\w+, \w+/,
      0xf81c_f044,
      "the same for a hint with an index",
    ),
    only: (word) => (word & 0xfe80_0f00) >>> 0 === 0xf800_0000 && (word & 0xc0) !== 0,
  },
  missing(/^str[bh]?t?(\.w)? \w+, \[pc/, 0xf84f_2cee, "a store with PC as its base is undefined"),
  missing(
    /^m(rs|sr) .*(<unknown>|UNDEF|_NS|_(usr|fiq|irq|svc|abt|und|mon|hyp)\b|[CS]PSR)/,
    0xf3ef_87b9,
    "special registers of other profiles, or of the Security Extension",
  ),

  hint(/^sevl(\.w)?$/, 0xbf50),
  hint(/^(bti|esb|(pac|pacbti|aut) r12, lr, sp)$/, 0xf3af_800f),
  {
    kinds: ["defined"],
    here: /^dsb #12$/,
    objdump: /^dfb$/,
    reason: "an option of DSB that is reserved here and an instruction in Armv8-R",
    witness: 0xf3bf_8f4c,
  },
  {
    kinds: ALL,
    here: /^(ldrs?[bh]?\.w|pl[di]w?) .*\[pc/,
    objdump: /^(ldrs?[bh]?t|pl[di]w?) /,
    reason: "LDRT with PC as its base is LDR (literal): DDI 0403, A7.7.67",
    witness: 0xf85f_8e00,
  },
  {
    kinds: ALL,
    here: new RegExp(`^${COPROCESSOR} [0-7], `),
    objdump: new RegExp(`^(?!${COPROCESSOR} )`),
    reason: "objdump knows XScale, FPA and Maverick at coprocessors 0 to 6; here there is none",
    witness: 0xee00_0110,
  },
  {
    kinds: ALL,
    here: new RegExp(`^${COPROCESSOR} 9, `),
    objdump: ANY,
    reason: "objdump takes coprocessor 9 for the half precision of Armv8.1-M and Armv8.2-A",
    witness: 0xee8d_79ca,
  },
  {
    kinds: ALL,
    here: new RegExp(`^${COPROCESSOR} (8|1[2-5]), `),
    objdump: /^v/,
    reason:
      "objdump takes these for extensions of Armv8.1-M and Armv8.2-A; here there is no coprocessor",
    witness: 0xecbb_2ff2,
  },
  {
    kinds: ["unpredictable"],
    here: /^ldmia\.w pc, /,
    objdump: /^clrm /,
    reason: "Armv8.1-M has CLRM where LDM has PC as its base",
    witness: 0xe89f_59bc,
  },
  {
    kinds: ["unpredictable"],
    here: /^vldmia (pc, |\w+, \{[sd]\d)/,
    objdump: /^vscclrm /,
    reason: "Armv8.1-M has VSCCLRM where VLDM has PC as its base",
    witness: 0xecdf_1aa6,
  },
  {
    kinds: ["unpredictable"],
    here: /^ldrs?[bh](t|\.w) pc, /,
    objdump: /^pl[di]w? /,
    reason: "a load of PC with write-back or as unprivileged is no hint",
    witness: 0xf81e_ff32,
  },
  {
    kinds: ["unpredictable"],
    here: /^msr CPSR_/,
    objdump: /^msr [CS]PSR_/,
    reason: "bits that should be 0 are parts of masks of the A profile",
    witness: 0xf385_8700,
  },
  {
    kinds: ["unpredictable"],
    here: /^mrs \w+, CPSR/,
    objdump: /^mrs \w+, /,
    reason: "bits that should be 1 are a register of the A profile",
    witness: 0xf3e8_8000,
  },
  {
    kinds: ["unpredictable"],
    here: /^smm(la|ls|ul)r? /,
    objdump: /^(autg|bxaut|pacg) /,
    reason: "Armv8.1-M has pointer authentication where the accumulator or the destination is PC",
    witness: 0xfb5d_ef0d,
  },
  {
    kinds: ["unpredictable"],
    here: /^[su]sat16 /,
    objdump: /^[su]sat16 /,
    reason: "objdump counts a bit that should be 0 to the width",
    witness: 0xf325_091c,
  },
  {
    kinds: ["unpredictable"],
    here: /^(v(ld|st)m(ia|db)|vpop|vpush|f(ld|st)m(ia|db)x) .*\{/,
    objdump: /^(v(ld|st)m(ia|db)|vpop|vpush|f(ld|st)m(ia|db)x) .*\{/,
    reason: "a list that goes beyond the last register has no spelling",
    witness: 0xed30_9b76,
  },
  {
    kinds: ["unpredictable"],
    here: /^vm(ov|rs) (pc|APSR_nzcv), /,
    objdump: /^mrc 10, /,
    reason: "objdump falls back to MRC when bits that should be 0 are not",
    witness: 0xeef1_fa9f,
  },
  {
    kinds: ["unpredictable"],
    here: /^cpsi[ed]/,
    objdump: /^cpsi[ed]/,
    reason: "CPS of the A profile's bit, or of none",
    witness: 0xb674,
  },
];
