// Conditions of bindings: the comparisons with the time are understood, and everything else counts as not met.

export interface Condition {
  readonly expression: string;
  readonly title?: string;
  readonly description?: string;
}

const TIME = /^request\.time\s*(<=|>=|<|>)\s*timestamp\((['"])([^'"]+)\2\)$/;

/** Several comparisons may be joined by `&&`. `now` is in milliseconds since the epoch. */
export function isMet(condition: Condition | undefined, now: number): boolean {
  if (condition === undefined) return true;
  return condition.expression.split('&&').every((part) => holds(part.trim(), now));
}

function holds(comparison: string, now: number): boolean {
  if (comparison === 'true') return true;
  const [, sign, , text = ''] = TIME.exec(comparison) ?? [];
  const time = Date.parse(text);
  switch (sign) {
    case '<':
      return now < time;
    case '<=':
      return now <= time;
    case '>':
      return now > time;
    case '>=':
      return now >= time;
    case undefined:
    default:
      return false;
  }
}
