// Why a text is no document of its format.

export class FileSyntaxError extends Error {
  override readonly name = 'FileSyntaxError';
  /** Counted from 1; undefined where it is not known. */
  readonly line: number | undefined;
  /** What to do, where more is known than how the format is written. */
  readonly hint: string | undefined;

  /** `reason` never holds text of the file, which may be a secret; keys alone may be named. */
  constructor(reason: string, line: number | undefined, hint?: string) {
    super(reason);
    this.line = line;
    this.hint = hint;
  }
}
