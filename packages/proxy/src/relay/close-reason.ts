// Who ended a session, and how.

export interface CloseReason {
  readonly by: 'client' | 'instance';
  /** The error that ended it; absent when that side simply finished. A reset is a normal way to end. */
  readonly error?: Error;
}
