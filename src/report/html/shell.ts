/**
 * What all pages share: head, policy, style sheet, sections.
 *
 * @module
 */
import { type Content, html, type Markup, markup } from "./markup.ts";
import { STYLE } from "./style.ts";

/** Nothing may be loaded and no script may run, whatever a name in the page contains. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * A whole page.
 *
 * @param title Title of the window
 * @param header What the page is about
 * @param content Sections
 * @returns HTML text that is well-formed XML too
 */
export function pageOf(title: string, header: Content, content: Content): string {
  return html`
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${markup(POLICY)}" />
        <title>${title}</title>
        <style>${markup(STYLE)}</style>
      </head>
      <body>
        <header>
    ${header}
        </header>
        <main>
    ${content}
        </main>
        <footer>Made by pinmap. Sizes are in bytes and binary units; addresses are hexadecimal.</footer>
      </body>
    </html>
  `.markup;
}

/** A section with its heading. */
export function section(title: string, parts: readonly Content[]): Markup {
  return html`<section>
<h2>${title}</h2>
${parts}
</section>`;
}
