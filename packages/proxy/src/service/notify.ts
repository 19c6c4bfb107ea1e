// Tells systemd how the service is doing: ready, reloading, stopping, alive, and a line of status.

import { spawn } from 'node:child_process';

/** Names and values of sd_notify(3): `READY=1`, `STATUS=…`. */
export type NotifyState = Readonly<Record<string, string>>;

export interface Notifier {
  /** In order, one after the other. Never rejects: a service manager that does not listen is no reason to fail. */
  send(state: NotifyState): Promise<void>;
  /** How often systemd wants to hear that the service lives, in milliseconds; undefined for never. */
  readonly watchdogMs: number | undefined;
}

export interface NotifierOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Told once, when a message could not be sent. */
  readonly onError: (error: Error) => void;
  /** Default: that of this process. */
  readonly pid?: number;
}

/** What is known before a message is sent, as systemd wants it in the environment. */
const socketVariable = 'NOTIFY_SOCKET';

/** Undefined when nobody wants to be told. */
export function systemdNotifier({ env, onError, pid = process.pid }: NotifierOptions): Notifier | undefined {
  const socket = env[socketVariable];
  if (socket === undefined || socket === '') return undefined;
  let last: Promise<void> = Promise.resolve();
  let failed = false;
  return {
    watchdogMs: watchdogMs(env, pid),
    send(state) {
      last = last
        .then(() => tell({ state, socket, env, pid }))
        .catch((error: unknown) => {
          if (failed) return;
          failed = true;
          onError(error instanceof Error ? error : new Error(String(error)));
        });
      return last;
    },
  };
}

/** Half of the time after which systemd would take the service for hung, as sd_watchdog_enabled(3) advises. */
function watchdogMs({ WATCHDOG_USEC: usec, WATCHDOG_PID: forPid }: NodeJS.ProcessEnv, pid: number): number | undefined {
  const micros = Number(usec);
  if (!(micros > 0) || (forPid !== undefined && forPid !== String(pid))) return undefined;
  return micros / 1000 / 2;
}

interface Message {
  readonly state: NotifyState;
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
}

/** By this process where that is possible: whatever unit it has, systemd listens to its main process. */
async function tell(message: Message): Promise<void> {
  const { state, socket } = message;
  let failure: unknown;
  if (process.versions['bun'] !== undefined && process.platform === 'linux') {
    const { sendDatagram } = await import('./notify-datagram.ts');
    try {
      return sendDatagram(socket, assignments(state).join('\n'));
    } catch (error) {
      // Of another kind, or full: systemd's own tool may know more.
      failure = error;
    }
  }
  await runSystemdNotify(message).catch((error: unknown) => {
    throw failure ?? error;
  });
}

function assignments(state: NotifyState): readonly string[] {
  return Object.entries(state).map(([name, value]) => `${name}=${value}`);
}

/**
 * Node has no datagram sockets of the Unix domain, so systemd's own tool sends the message, and the unit has to have NotifyAccess=all
 * unless it is root's. It waits until systemd has read it, so that it is still there when its sender is looked up.
 */
function runSystemdNotify({ state, socket, env, pid }: Message): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn('systemd-notify', [`--pid=${pid}`, ...assignments(state)], {
    stdio: 'ignore',
    env: { PATH: env['PATH'], [socketVariable]: socket },
    timeout: 10_000,
  });
  child.once('error', reject);
  child.once('exit', (code) => {
    if (code === 0) resolve();
    else reject(new Error(`systemd-notify ended with ${code ?? 'a signal'}`));
  });
  return promise;
}
