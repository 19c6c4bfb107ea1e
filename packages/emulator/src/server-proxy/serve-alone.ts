// What surrounds every client: a signal for its end and for the limit of its login, and whatever goes wrong ends it alone.

import type { Socket } from 'node:net';
import { reasonOf } from '../emulator-error.ts';
import { UnexpectedEndError } from '../read-exactly.ts';
import type { InstanceName } from '../resource-name.ts';

// For the exchange and for the login that the emulator does itself.
const LOGIN_TIMEOUT_MS = 30_000;

export interface AloneOptions {
  readonly instance: InstanceName;
  /** For the log: what ended. */
  readonly kind: string;
  readonly log: (line: string) => void;
}

/** Never rejects. The signal aborts when the client has gone, or has taken too long. */
export async function serveAlone(
  client: Socket,
  { instance, kind, log }: AloneOptions,
  serve: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  client.once('close', () => gone.abort(new UnexpectedEndError('The client has gone')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(LOGIN_TIMEOUT_MS)]);
  try {
    await serve(signal);
  } catch (error) {
    client.destroy();
    if (!isRoutine(error)) log(`${instance.uri}: ${kind} ended: ${reasonOf(error)}`);
  }
}

/** Clients that go at any moment are everyday life. */
function isRoutine(error: unknown): boolean {
  if (error instanceof UnexpectedEndError) return true;
  const { code, cause } = error as NodeJS.ErrnoException;
  // A timer that was aborted says so, with what it was aborted for as the cause.
  if (cause instanceof UnexpectedEndError) return true;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
