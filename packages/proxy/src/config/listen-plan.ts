// Decides for each instance where it listens: its own choice first, then the program's, ports counted up in order.

import { UsageError } from '../cli/usage-error.ts';
import type { ListenAt, SocketPermissions } from './config.ts';
import type { InstanceArgument, InstanceChoices } from './instance-args.ts';
import { type InstanceTarget, targetName } from './instance-target.ts';
import { socketAtPath, socketInFolder } from './unix-socket.ts';

export interface ListenDefaults {
  readonly address: string;
  /** The first port; 0 lets the system choose each. */
  readonly port: number;
  readonly unixSocket: string | undefined;
  /** Of every Unix socket. */
  readonly permissions: SocketPermissions;
}

const LAST_PORT = 65_535;

/**
 * Makes the function that gives each instance its place; call it with the instances in the order given. It throws a
 * {@link UsageError} when two instances would listen at the same place, when the ports run out, or when a socket cannot
 * be made where it is wanted.
 */
export function listenPlanner(defaults: ListenDefaults): (instance: InstanceArgument) => ListenAt {
  const nextPort = portCounter(defaults.port);
  const taken = new Map<string, InstanceTarget>();
  return ({ target, choices }) => {
    const listen = choosePlace(target, choices, { ...defaults, nextPort });
    const place = formatListenAt(listen);
    const holder = taken.get(place);
    if (holder !== undefined) throw samePlace(listen, [holder, target]);
    if (listen.kind === 'unix' || listen.port !== 0) taken.set(place, target);
    return listen;
  };
}

/** `127.0.0.1:5432`, `[::1]:5432` or the path of the socket. */
export function formatListenAt(listen: ListenAt): string {
  if (listen.kind === 'unix') return listen.path;
  const host = listen.host.toLowerCase();
  return `${host.includes(':') ? `[${host}]` : host}:${listen.port}`;
}

interface PlaceDefaults extends ListenDefaults {
  readonly nextPort: () => number;
}

function choosePlace(target: InstanceTarget, choices: InstanceChoices, defaults: PlaceDefaults): ListenAt {
  const { permissions } = defaults;
  const path = choices['unix-socket-path'];
  if (path !== undefined) return { kind: 'unix', path: socketAtPath(path), permissions };
  const wantsTcp = choices.address !== undefined || choices.port !== undefined;
  const folder = choices['unix-socket'] ?? (wantsTcp ? undefined : defaults.unixSocket);
  if (folder !== undefined) return { kind: 'unix', path: socketInFolder(folder, targetName(target)), permissions };
  return { kind: 'tcp', host: choices.address ?? defaults.address, port: choices.port ?? defaults.nextPort() };
}

/** An instance with a port of its own takes none from the counter, as in the official proxy. */
function portCounter(first: number): () => number {
  let next = first;
  return () => {
    if (next > LAST_PORT) {
      const hint = 'start from a lower --port, or give instances a port of their own';
      throw new UsageError(`no port is left above ${LAST_PORT} for every instance`, { hint });
    }
    return first === 0 ? 0 : next++;
  };
}

function samePlace(listen: ListenAt, [first, second]: readonly [InstanceTarget, InstanceTarget]): UsageError {
  const choice = listen.kind === 'tcp' ? 'port=PORT' : 'unix-socket-path=PATH';
  return new UsageError(
    `instances ${targetName(first)} and ${targetName(second)} would both listen on ${formatListenAt(listen)}`,
    { hint: `give one of them a place of its own: 'INSTANCE_URI?${choice}'` },
  );
}
