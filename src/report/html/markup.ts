/**
 * HTML text that cannot be injected into: a template tag that escapes every value which is not markup
 * already. Names of buffers and functions come from models and ELF files, so none is trusted.
 *
 * @module
 */
import { printable } from "../text/style.ts";

/** Text that is HTML already. */
export interface Markup {
  /** The HTML. */
  readonly markup: string;
}

/** What may stand in a template; `undefined` and `false` give nothing. */
export type Content = string | number | Markup | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Escapes a text for HTML content and for quoted attributes; control characters become visible.
 *
 * @param text Any text
 */
export function escapeHtml(text: string): string {
  return printable(text).toWellFormed().replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? "",
  );
}

/** Says that a text is HTML already. Only for what this room has produced itself. */
export function markup(text: string): Markup {
  return { markup: text };
}

/**
 * Template tag for HTML.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { html } from "./markup.ts";
 *
 * assertEquals(html`<b>${"<script>"}</b>`.markup, "<b>&lt;script&gt;</b>");
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return markup(strings.map((text, index) => text + render(values[index])).join(""));
}

function render(value: Content): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  if ("markup" in value) return value.markup;
  return value.map(render).join("");
}
