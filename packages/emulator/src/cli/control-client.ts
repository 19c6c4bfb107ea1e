// Talks to a running emulator over its control API.

import { EmulatorError, reasonOf } from '../emulator-error.ts';

/** Where the program serves its APIs when nothing else is said and the port is free. */
export const DEFAULT_API_PORT = 9432;

export interface ControlClient {
  readonly url: string;
  /** Returns the body of the answer. @throws EmulatorError */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
}

/** By `--url`, else the environment, else the port that the program serves by default. @throws EmulatorError `INVALID_OPTION` */
export function controlClient(url: string | undefined, env: NodeJS.ProcessEnv): ControlClient {
  const host = env['ALLOYDB_EMULATOR_HOST'];
  const given = url ?? (host === undefined || host === '' ? `http://127.0.0.1:${DEFAULT_API_PORT}` : `http://${host}`);
  const parsed = URL.parse(given);
  if (parsed === null || parsed.protocol !== 'http:') {
    throw new EmulatorError('INVALID_OPTION', `Cannot use "${given}" as the address of an emulator`, {
      hint: 'write --url http://127.0.0.1:PORT, or ALLOYDB_EMULATOR_HOST=127.0.0.1:PORT',
    });
  }
  const { origin } = parsed;
  return { url: origin, call: async (method, path, body) => callControl(`${origin}${path}`, method, body) };
}

async function callControl(url: string, method: string, body: unknown): Promise<unknown> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    answer = await response.json();
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause !== undefined ? reasonOf(cause.cause) : reasonOf(cause);
    throw new EmulatorError('NOT_RUNNING', `Cannot reach an emulator at ${new URL(url).origin}: ${reason}`, {
      cause,
      hint: 'start one with "alloydb-emulator start", or say where it is with --url',
    });
  }
  if (response.ok) return answer;
  const { error } = answer as { readonly error?: { readonly message?: string } };
  const [message = '', ...hint] = (error?.message ?? `the answer is ${response.status}`).split('; ');
  throw new EmulatorError('INVALID_OPTION', message, hint.length === 0 ? {} : { hint: hint.join('; ') });
}
