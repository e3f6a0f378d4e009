/**
 * Paths of the checkout, from file URLs.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A file URL as a path. */
export function fromFileUrl(url: URL | string): string {
  return fileURLToPath(url);
}

/** The checkout. */
export const ROOT: string = fromFileUrl(new URL("../..", import.meta.url));
