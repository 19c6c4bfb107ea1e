// How a worker process is started: the same program, with a word that is no command of its users.

import { ownProgram, type RunningProcess } from '../service/own-program.ts';

const word = 'serve-as-worker';

export function workerCommand(running: RunningProcess): readonly string[] {
  return [...ownProgram(running), word];
}

/** Only a process with a channel to the one that started it can be a worker. */
export function isWorker({ argv, connected }: Pick<NodeJS.Process, 'argv' | 'connected'>): boolean {
  return connected && argv[2] === word;
}

// Settings and credentials are the primary's, and so is what service managers hand over.
const foreign = /^(ALLOYDB_|GOOGLE_|CLOUDSDK_|GCE_|LISTEN_|NOTIFY_SOCKET$|WATCHDOG_)/;

export function workerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}
