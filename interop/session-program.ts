// A program of another language that logs in once, or a second time after a line on its standard input.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Login {
  readonly user: string;
  /** Process id of the connection at the server: another one for each connection. */
  readonly backend: number;
}

/** What the connectors of these languages tell of a failure differs; a text they all have. */
export interface Failure {
  readonly text: string;
  readonly kind?: string;
  readonly sqlState?: string;
  readonly api?: {
    readonly status: string;
    readonly reason: string | null;
    readonly domain: string | null;
    readonly metadata: Readonly<Record<string, string>>;
  } | null;
}

export interface Report {
  readonly logins?: readonly Login[];
  readonly error?: Failure;
}

export interface ProgramCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Done between the first report and the second; the program was told to log in again. */
  readonly between?: () => Promise<void>;
}

const limitMs = 90_000;

/** Resolves with the reports of the program, one, or two with `between`. */
export async function runProgram({ command, args, env, between }: ProgramCall): Promise<readonly Report[]> {
  const child = spawn(command, args, { env: { ...cleanEnvironment(), ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let trouble = '';
  child.stderr.on('data', (chunk) => (trouble += String(chunk)));
  child.stdin.on('error', () => undefined);
  try {
    const reports: Report[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      reports.push(JSON.parse(line) as Report);
      if (reports.length === 1) {
        await between?.();
        child.stdin.end('\n');
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (reports.length > 0 && child.exitCode === 0) return reports;
    throw new Error(`${command} ended with ${child.exitCode ?? child.signalCode}: ${trouble}`);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

/** Neither the tester's settings nor an outbound proxy decide a test. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(GOOGLE_|CLOUDSDK_|GRPC_|PG)|_proxy$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
