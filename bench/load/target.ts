// Where the load of a measurement goes: a proxy on this machine, or the server itself over TLS.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';

export type Target =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'tls';
      readonly host: string;
      readonly port: number;
      readonly cert: Buffer;
      readonly key: Buffer;
      readonly ca: Buffer;
    };

const contexts = new WeakMap<Target, SecureContext>();

/** A connection that has no limit of time: whoever waits for it has. */
export async function open(target: Target): Promise<Socket> {
  const { host, port } = target;
  if (target.kind === 'tcp') {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return socket;
  }
  const secureContext = contexts.get(target) ?? createSecureContext(target);
  contexts.set(target, secureContext);
  const below = connect({ host, port, noDelay: true });
  const socket = connectTls({
    socket: below,
    secureContext,
    minVersion: 'TLSv1.3',
    checkServerIdentity: () => undefined,
  });
  await once(socket, 'secureConnect');
  return socket;
}
