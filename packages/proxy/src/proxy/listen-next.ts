// Listens on the next free port when the one that was wanted is taken.

import type { Server } from 'node:net';
import type { InstanceConfig } from '../config/config.ts';
import { codeOf, describeHolder, hostAndPort, listenError, type TcpPlace } from './listen.ts';
import { listening } from './listening.ts';
import { StartError } from './start-error.ts';

/** Ports looked at, the wanted one included: whoever holds so many does not do so by accident. */
const mostTried = 100;
const lastPort = 65_535;

/**
 * Resolves with the port that it became, which is claimed then. Ports that are claimed already belong to other instances,
 * which may be opened later and should not have to move as well: they are passed over.
 *
 * @throws {StartError} naming the whole range when all of it is taken; anything but a taken port is an error at once.
 */
export async function listenOnNextPort(server: Server, wanted: TcpPlace, claimed: Set<number>): Promise<number> {
  const { host } = wanted;
  const last = Math.min(wanted.port + mostTried - 1, lastPort);
  let cause: unknown;
  for (let port = wanted.port; port <= last; port += 1) {
    if (port !== wanted.port && claimed.has(port)) continue;
    try {
      await listening(server, { host, port });
      claimed.add(port);
      return port;
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw listenError({ host, port }, error);
      cause = error;
    }
  }
  const first = hostAndPort(host, wanted.port);
  throw new StartError(`cannot listen on ${first} nor on any port up to ${last}: address in use`, {
    cause,
    hint: `${describeHolder(wanted)} holds ${first}; choose other ports with --port`,
  });
}

/** Those that the instances ask for. */
export function portsOf(instances: readonly InstanceConfig[]): Set<number> {
  return new Set(instances.flatMap(({ listen }) => (listen.kind === 'tcp' && listen.port !== 0 ? listen.port : [])));
}
