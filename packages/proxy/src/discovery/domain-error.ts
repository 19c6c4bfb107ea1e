// The error for a DNS name that leads to no instance, with what to do about it.

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly hint: string;

  constructor(message: string, { hint, cause }: { readonly hint: string; readonly cause?: unknown }) {
    super(message, cause === undefined ? {} : { cause });
    this.hint = hint;
  }
}
