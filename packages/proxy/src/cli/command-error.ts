// The error for what a command was asked to do and could not, with what to do about it.

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly hint: string;

  constructor(message: string, { hint }: { readonly hint: string }) {
    super(message);
    this.hint = hint;
  }
}
