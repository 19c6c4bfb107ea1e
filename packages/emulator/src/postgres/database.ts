// The PostgreSQL behind the emulator: where it listens, and statements run as its superuser.

import { connect, type Socket } from 'node:net';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { logIn } from './backend-login.ts';
import { cString, message, parseServerError, readMessage, startupMessage } from './messages.ts';

export interface Database {
  readonly host: string;
  readonly port: number;
  /** Name of a superuser. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const STATEMENT_TIMEOUT_MS = 30_000;

/** A connected socket that stays usable one way when the other has ended. Its errors show in what is read from it. */
export async function connectBackend(database: Database, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: database.host, port: database.port, allowHalfOpen: true, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  socket.once('connect', resolve).once('error', reject);
  try {
    signal.throwIfAborted();
    await promise;
  } catch (cause) {
    socket.destroy();
    throw cause;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.off('error', reject);
  }
  // Resets are routine, and an error that nobody listens to would end the process.
  socket.on('error', () => {});
  return socket;
}

/**
 * Runs one or more statements in a session of their own: nothing stays connected that a test could count or kill.
 *
 * @throws EmulatorError `DATABASE_REFUSED`
 */
export async function runStatements(database: Database, sql: string): Promise<void> {
  const signal = AbortSignal.timeout(STATEMENT_TIMEOUT_MS);
  const where = `PostgreSQL at ${database.host}:${database.port}`;
  let socket: Socket;
  try {
    socket = await connectBackend(database, signal);
  } catch (cause) {
    throw new EmulatorError('DATABASE_REFUSED', `Cannot connect to ${where}: ${reasonOf(cause)}`, { cause });
  }
  try {
    await openSession(socket, database, signal);
    socket.write(message('Q', cString(sql)));
    await untilReady(socket, signal);
    socket.end(message('X', Buffer.alloc(0)));
  } catch (cause) {
    throw new EmulatorError('DATABASE_REFUSED', `Cannot run a statement on ${where}: ${reasonOf(cause)}`, { cause });
  } finally {
    socket.destroySoon();
  }
}

async function openSession(socket: Socket, database: Database, signal: AbortSignal): Promise<void> {
  const startup = startupMessage({
    user: database.user,
    database: database.database,
    application_name: 'alloydb-emulator',
  });
  const outcome = await logIn(socket, { startup, password: database.password, signal });
  if (outcome.is === 'refused') throw new Error(parseServerError(outcome.response.body).message);
  await untilReady(socket, signal);
}

async function untilReady(socket: Socket, signal: AbortSignal): Promise<void> {
  let failure: Error | undefined;
  for (;;) {
    const { type, body } = await readMessage(socket, signal);
    if (type === 'E') failure ??= new Error(parseServerError(body).message);
    if (type === 'Z') break;
  }
  if (failure !== undefined) throw failure;
}

/** @throws EmulatorError `INVALID_OPTION` */
export function parseDatabaseUrl(text: string): Database {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '' || url.username === '') {
    throw new EmulatorError('INVALID_OPTION', 'Cannot read the database URL', {
      hint: 'write it as postgresql://superuser:password@host:port/database',
    });
  }
  return {
    // An IPv6 address stands in brackets in a URL, and without them everywhere else.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
  };
}
