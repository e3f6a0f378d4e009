/**
 * Names of tensors, pools and modules as C identifiers. Two names that become one identifier are an
 * error, as in TVM ("Sanitized input tensor name clash"), never a silent renaming.
 *
 * @module
 */
import { InputError } from "../base/error.ts";

/** C11 6.4.1, and names that the generated code uses for itself. */
const TAKEN: ReadonlySet<string> = new Set(
  ("auto break case char const continue default do double else enum extern float for goto if inline " +
    "int long register restrict return short signed sizeof static struct switch typedef union " +
    "unsigned void volatile while _Bool _Complex _Imaginary _Alignas _Alignof _Atomic _Generic " +
    "_Noreturn _Static_assert _Thread_local asm bool true false class new delete this template " +
    "namespace operator private public protected workspace_pools uint8_t int8_t int16_t uint16_t " +
    "int32_t uint32_t int64_t uint64_t uintptr_t")
    .split(" "),
);

/**
 * The C identifier of a name: characters that C does not allow become `_`, a keyword gets a trailing
 * `_`, a leading digit a leading one.
 *
 * @param name Any text
 */
export function toIdentifier(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, "_");
  const started = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
  return TAKEN.has(started) ? `${started}_` : started;
}

/** Remembers which name has which identifier in one C scope. */
export type NameScope = (name: string, identifier?: string) => string;

/**
 * Opens a scope in which no identifier may stand for two names.
 *
 * @param what What is named, for messages: `pool`, `input tensor`
 * @returns A function from a name to its identifier, which throws {@linkcode InputError}
 *   E-FIRMWARE-NAME if the identifier is taken
 */
export function nameScope(what: string): NameScope {
  const owners = new Map<string, string>();
  return (name, identifier = toIdentifier(name)) => {
    const owner = owners.get(identifier);
    if (owner !== undefined) {
      throw new InputError(
        "E-FIRMWARE-NAME",
        `Cannot name ${what} "${name}" in C: "${identifier}" is already the name of "${owner}", ` +
          `two different identifiers are needed`,
        { hints: [`Rename one of them in the model.`] },
      );
    }
    owners.set(identifier, name);
    return identifier;
  };
}

/**
 * A name that nobody outside of a function sees: where its identifier is taken it gets a number.
 *
 * @param name Any text
 * @param isTaken Whether an identifier may not be used
 */
export function freeIdentifier(name: string, isTaken: (identifier: string) => boolean): string {
  const plain = toIdentifier(name);
  let free = plain;
  for (let n = 1; isTaken(free); n++) free = `${plain}_${n}`;
  return free;
}

/** A text as a C string literal, ASCII. */
export function cString(text: string): string {
  const escaped = Array.from(new TextEncoder().encode(text), (byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === "\\") return `\\${char}`;
    // "??" followed by some characters would be a trigraph.
    return byte >= 0x20 && byte < 0x7f && char !== "?"
      ? char
      : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

/** A text that can stand inside a C comment. */
export function cComment(text: string): string {
  return text.replaceAll("*/", "* /").replaceAll("/*", "/ *").replaceAll(/[^\x20-\x7e]/g, "?");
}
