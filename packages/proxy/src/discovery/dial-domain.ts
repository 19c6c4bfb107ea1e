// Dials the instance that a DNS name points to, and the next one when that changes meanwhile.

import type { Connection, InstanceUri } from 'alloydb-connector';
import type { InstanceDomain } from './instance-domain.ts';

/** A connection that is to be left when new ones go elsewhere. */
export interface DomainConnection extends Connection {
  readonly superseded: AbortSignal;
}

/**
 * An instance that has failed over answers late or never: whoever still waits for it is better served by the new one.
 *
 * @throws {DomainError} when nothing is known of the name; what `dial` throws.
 */
export async function dialDomain(
  domain: Pick<InstanceDomain, 'current'>,
  {
    dial,
    signal,
  }: { readonly dial: (uri: InstanceUri, signal: AbortSignal) => Promise<Connection>; readonly signal: AbortSignal },
): Promise<DomainConnection> {
  for (;;) {
    const { uri, superseded } = await domain.current(signal);
    try {
      using either = abortWithEither(signal, superseded);
      const connection = await dial(uri, either.signal);
      return { ...connection, superseded };
    } catch (error) {
      if (!superseded.aborted || signal.aborted) throw error;
    }
  }
}

/** AbortSignal.any would leave a trace of each dial with a signal that may live as long as the process. */
function abortWithEither(one: AbortSignal, other: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(one.aborted ? one.reason : other.reason);
  for (const signal of [one, other]) {
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of [one, other]) signal.removeEventListener('abort', onAbort);
    },
  };
}
