// The one error class of the emulator, with a closed set of codes.

/**
 * - `INVALID_OPTION`: an option cannot be used as given.
 * - `ADDRESS_UNAVAILABLE`: nothing could listen where it should.
 * - `POSTGRES_NOT_FOUND`: neither the embedded nor a system PostgreSQL is there.
 * - `POSTGRES_FAILED`: PostgreSQL did not start, or stopped by itself.
 * - `DATABASE_REFUSED`: PostgreSQL answered a statement or a login with an error.
 * - `KEY_FILE`: a service-account key file cannot be written.
 * - `UNKNOWN_INSTANCE`: there is no instance or cluster of that name.
 * - `UNKNOWN_USER`: no database user of that name was created here.
 * - `ALREADY_EXISTS`: there is a cluster, instance or user of that name.
 * - `NOT_POSSIBLE`: it cannot be done to what it is asked for as that is now.
 * - `STATE_FILE`: the file that describes the state cannot be used.
 * - `STATE_FOLDER`: the folder that keeps the state cannot be used, or another emulator uses it.
 * - `NOT_RUNNING`: no emulator answers where one was asked to do something.
 * - `CLOSED`: the emulator has been closed.
 */
export type EmulatorErrorCode =
  | 'INVALID_OPTION'
  | 'ADDRESS_UNAVAILABLE'
  | 'POSTGRES_NOT_FOUND'
  | 'POSTGRES_FAILED'
  | 'DATABASE_REFUSED'
  | 'KEY_FILE'
  | 'UNKNOWN_INSTANCE'
  | 'UNKNOWN_USER'
  | 'ALREADY_EXISTS'
  | 'NOT_POSSIBLE'
  | 'STATE_FILE'
  | 'STATE_FOLDER'
  | 'NOT_RUNNING'
  | 'CLOSED';

export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';
  readonly code: EmulatorErrorCode;
  /** What the user can do about it, when that is known. */
  readonly hint: string | undefined;

  constructor(
    code: EmulatorErrorCode,
    message: string,
    more: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in more ? { cause: more.cause } : {});
    this.code = code;
    this.hint = more.hint;
  }
}

/** The text of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
