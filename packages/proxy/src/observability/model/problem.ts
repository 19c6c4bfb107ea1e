// An error as it is remembered and shown: without its stack, its causes or anything that it holds on to.

export interface Problem {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
  /** Stable code of the connector or of the system; undefined for an error without one. */
  readonly code: string | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;
}

export function problemOf(error: unknown, at: number): Problem {
  const message = error instanceof Error ? error.message : String(error);
  return { at, message, code: textOf(error, 'code'), hint: textOf(error, 'hint') };
}

function textOf(error: unknown, name: string): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
