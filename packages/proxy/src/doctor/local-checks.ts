// What the proxy needs of this machine: ports, folders of Unix sockets, open files.

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { formatInstanceUri } from 'alloydb-connector';
import type { ListenAt } from '../config/config.ts';
import { formatListenAt } from '../config/listen-plan.ts';
import { descriptorWarning, openFileLimit, sessionsThatFit } from '../proxy/descriptor-limit.ts';
import { codeOf, listen, type ListenFlags } from '../proxy/listen.ts';
import { findPortHolder } from '../proxy/port-holder.ts';
import { StartError } from '../proxy/start-error.ts';
import { type Check, fail, failWith, type Finding, pass, skip, warn } from './check.ts';
import type { ExaminedInstance, Subject } from './subject.ts';

type TcpPlace = Extract<ListenAt, { kind: 'tcp' }>;
/** Processes of other users are not told, and on macOS and Windows none. */
const asItShouldBe = 'as it should be if that is this proxy';

type FindHolder = typeof findPortHolder;

/** Of one instance: a port, or the folder of a socket. */
export function listenerCheck(
  { config }: { readonly config: Pick<Subject['config'], 'portConflict'> },
  { uri, listen: at }: Pick<ExaminedInstance, 'uri' | 'listen'>,
  findHolder: FindHolder = findPortHolder,
): Check {
  const isTcp = at.kind === 'tcp';
  return {
    id: isTcp ? 'listener' : 'socket-folder',
    title: isTcp ? 'listener' : 'Unix socket',
    instance: formatInstanceUri(uri),
    needs: [],
    run: () =>
      at.kind === 'tcp' ? checkPort(at, { mayMove: config.portConflict === 'next', findHolder }) : checkSocket(at),
  };
}

/** Of health endpoints and the admin server, where they are asked for. */
export function httpPortsCheck({ config: { http, admin } }: Subject): Check {
  return {
    id: 'http-ports',
    title: 'health and admin ports',
    needs: [],
    async run() {
      const places = [
        ...(http === undefined ? [] : [{ ...http, flags: { address: '--http-address', port: '--http-port' } }]),
        ...(admin === undefined ? [] : [{ ...admin, host: 'localhost', flags: { port: '--admin-port' } }]),
      ];
      if (places.length === 0) return skip('none is asked for');
      const found = [];
      for (const { host, port, flags } of places) found.push(await checkPort({ kind: 'tcp', host, port }, { flags }));
      return (
        found.find(({ status }) => status === 'fail') ??
        found.find(({ status }) => status === 'warn') ??
        pass(found.map(({ evidence }) => evidence).join(', '))
      );
    },
  };
}

interface CheckPortOptions {
  readonly mayMove?: boolean;
  readonly flags?: ListenFlags;
  readonly findHolder?: FindHolder;
}

/** Only who is known to be somebody else is in the way: the doctor is asked beside a proxy that runs, too. */
async function checkPort(
  at: TcpPlace,
  { mayMove = false, flags, findHolder = findPortHolder }: CheckPortOptions,
): Promise<Finding> {
  const place = formatListenAt(at);
  const server = createServer();
  try {
    await listen(server, flags === undefined ? at : { ...at, flags });
    return pass(at.port === 0 ? 'the system chooses a port' : `${place} is free`);
  } catch (error) {
    const cause = error instanceof StartError ? error.cause : error;
    if (codeOf(cause) !== 'EADDRINUSE') return failWith(error);
    const holder = findHolder(at);
    if (holder !== undefined && isProxy(holder.pid)) {
      return warn(
        `${place} is held by process ${holder.pid}, which is an alloydb-auth-proxy: as it should be if it serves this instance`,
      );
    }
    if (mayMove) return pass(`${place} is taken, and --port-conflict=next finds another`);
    if (holder === undefined) return warn(`${place} is in use: ${asItShouldBe}`, 'if it is not: see who listens there');
    if (holder.name === 'systemd') {
      return warn(`${place} is held by systemd: as it should be if a .socket unit hands it to this proxy`);
    }
    return failWith(error);
  } finally {
    server.close();
  }
}

function isProxy(pid: number): boolean {
  try {
    const [program = '', script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((word) => !word.startsWith('-'));
    return /alloydb-auth-proxy|proxy\/(?:src|dist)\/main\.[jt]s$/.test(`${program} ${script}`);
  } catch {
    // It has ended, or is somebody else's.
    return false;
  }
}

/** Makes nothing: the listener makes its own folder in one that is there. */
async function checkSocket({ path }: Extract<ListenAt, { kind: 'unix' }>): Promise<Finding> {
  const own = dirname(path);
  const folder = existsSync(own) ? own : dirname(own);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    return fail(
      `nothing can be made in ${folder} by this user: ${codeOf(error)}`,
      `give it to this user, or choose another: chown "$(id -u)" ${folder}`,
    );
  }
  if (!existsSync(path)) return pass(`${path} can be made`);
  return (await answers(path))
    ? warn(`${path} is in use: ${asItShouldBe}`, 'if it is not: stop who answers there, or choose another folder')
    : pass(`${path} is left over from a proxy that was killed, and is replaced`);
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.once('connect', () => resolve(true));
  probe.once('error', () => resolve(false));
  return promise.finally(() => probe.destroy());
}

export function descriptorsCheck({ config }: Subject): Check {
  return {
    id: 'descriptors',
    title: 'open files',
    needs: [],
    async run() {
      const limit = openFileLimit();
      if (limit === undefined) return skip('this system does not tell its limit');
      const warning = descriptorWarning(config.maxConnections, limit);
      if (warning !== undefined) return warn(warning.text, warning.hint);
      return pass(`the limit is ${limit}: room for ${sessionsThatFit({ limit }) ?? 'many'} connections`);
    },
  };
}
