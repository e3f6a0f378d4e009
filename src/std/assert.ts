/**
 * `@std/assert` where JSR cannot be reached: the functions of it that the project uses, with its
 * signatures, over `node:assert/strict`.
 *
 * @module
 */
import { AssertionError, deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Throws unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError({ message: msg || "Expected a truthy value" });
}

/** Throws unless the two are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (msg === undefined) deepStrictEqual(actual, expected);
  else deepStrictEqual(actual, expected, msg);
}

/** Throws if the two are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (msg === undefined) notDeepStrictEqual(actual, expected);
  else notDeepStrictEqual(actual, expected, msg);
}

/** Throws if `actual` is null or undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw new AssertionError({ message: msg ?? `Expected a value but found ${actual}` });
  }
}

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError({
      message: msg ?? `Expected the text to include "${expected}", found:\n${actual}`,
    });
  }
}

/** Throws unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) {
    throw new AssertionError({ message: msg ?? `Expected ${expected} to match:\n${actual}` });
  }
}

/** Throws unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<E extends Error>(
  actual: unknown,
  expectedType: ErrorClass<E>,
  msg?: string,
): asserts actual is E {
  if (!(actual instanceof expectedType)) {
    throw new AssertionError({
      message: msg ?? `Expected an instance of ${expectedType.name}, found ${actual}`,
    });
  }
}

/** Throws unless `fn` throws, an `ErrorClass` whose message includes `msgIncludes`; gives the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkThrown(error, ErrorClass, msgIncludes, msg);
  }
  throw new AssertionError({ message: msg ?? "Expected the function to throw" });
}

/** Throws unless the promise of `fn` rejects as {@linkcode assertThrows} demands; gives the error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkThrown(error, ErrorClass, msgIncludes, msg);
  }
  throw new AssertionError({ message: msg ?? "Expected the promise to reject" });
}

/** Throws always: for places that must not be reached. */
export function fail(msg?: string): never {
  throw new AssertionError({ message: msg ?? "Failed" });
}

function checkThrown<E extends Error>(
  error: unknown,
  ErrorClass: ErrorClass<E> | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): E {
  if (!(error instanceof (ErrorClass ?? Error))) {
    throw new AssertionError({
      message: msg ?? `Expected ${ErrorClass?.name ?? "Error"}, found ${error}`,
    });
  }
  if (msgIncludes !== undefined) assertStringIncludes(error.message, msgIncludes, msg);
  return error as E;
}
