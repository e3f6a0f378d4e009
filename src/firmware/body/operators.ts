/**
 * Parentheses of C expressions: as few as C and its readers need.
 *
 * @module
 */
/** How tightly C's binary operators bind, and how tightly what has none of them does. */
const LEVELS: Readonly<Record<string, number>> = {
  "?": 1,
  ":": 1,
  "||": 2,
  "&&": 3,
  "|": 4,
  "^": 5,
  "&": 6,
  "==": 7,
  "!=": 7,
  "<": 8,
  "<=": 8,
  ">": 8,
  ">=": 8,
  "<<": 9,
  ">>": 9,
  "+": 10,
  "-": 10,
  "*": 11,
  "/": 11,
  "%": 11,
};
const UNARY = 12;

/** The loosest operator of a text outside of brackets; operators have spaces around them. */
function levelOf(text: string): number {
  let depth = 0;
  let level = UNARY;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (char === " " && depth === 0) {
      const operator = text.slice(i + 1, text.indexOf(" ", i + 1));
      level = Math.min(level, LEVELS[operator] ?? UNARY);
    }
  }
  return level;
}

/** As the operand of a cast or another unary operator. */
export function atom(text: string): string {
  return levelOf(text) === UNARY ? text : `(${text})`;
}

/** `a op b`: parentheses where C needs them, and where compilers advise them. */
export function infix(left: string, op: string, right: string): string {
  const level = LEVELS[op] ?? 0;
  const arithmetic = level >= 10;
  // Readers know that products come before sums and sums before comparisons, and little else.
  const least = arithmetic ? level : level === 8 || level === 7 ? 10 : UNARY;
  // Of `!x == y` compilers ask what was meant.
  const denied = left.startsWith("!") && op !== "&&" && op !== "||";
  const a = levelOf(left) >= least && !denied ? left : `(${left})`;
  const b = levelOf(right) >= (arithmetic ? level + 1 : least) ? right : `(${right})`;
  return `${a} ${op} ${b}`;
}
