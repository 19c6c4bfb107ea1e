// The phases of an established session: how a client gets into each, and what it still says in it.

import { queryMessage, startupMessage } from '../support/postgres-messages.ts';
import { iamUser } from '../support/setting.ts';
import type { Victim } from './victim.ts';

/** Every phase of a client's life. In the first, the proxy asks for a token and for connection info. */
export const phaseNames = [
  'lookup',
  'connect',
  'TLS',
  'exchange',
  'startup',
  'idle',
  'mid-query',
  'mid-COPY out',
  'mid-COPY in',
] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly name: PhaseName;
  /** Takes a client that has just come to the phase. */
  readonly enter: (victim: Victim) => Promise<void>;
  /** What the client says after the fault, so that the fault meets traffic. */
  readonly rest: Buffer;
  /** Where there is no rest: the next query, sent before the one under way is answered. */
  readonly next?: Buffer;
  /** With this many ReadyForQuery the work is complete. */
  readonly readyCount: number;
}

export const limitMs = 5_000;

export const startup = startupMessage(iamUser);
const half = Math.floor(startup.length / 2);

// Rows beyond PostgreSQL's output buffer of 8 KiB leave at once, so the result comes over a fifth of a second.
const slowRows = "select repeat('x', 9000), pg_sleep(0.02) from generate_series(1, 10)";
const copyRow = Buffer.from(`${'x'.repeat(999)}\n`);

export const sessionPhases: readonly Phase[] = [
  {
    name: 'startup',
    enter: async (victim) => {
      // Answered by the server: from here on the proxy is out of its dial, and the fault is no fault of the exchange.
      await victim.askForEncryption(limitMs);
      victim.send(startup.subarray(0, half));
    },
    rest: startup.subarray(half),
    readyCount: 1,
  },
  { name: 'idle', enter: logIn, rest: queryMessage('select 1'), readyCount: 2 },
  {
    name: 'mid-query',
    enter: async (victim) => {
      await logIn(victim);
      victim.send(queryMessage(slowRows));
      await victim.received('D', 1, limitMs);
    },
    rest: Buffer.alloc(0),
    next: queryMessage('select 1'),
    readyCount: 2,
  },
  {
    name: 'mid-COPY out',
    enter: async (victim) => {
      await logIn(victim);
      victim.send(queryMessage(`copy (${slowRows}) to stdout`));
      await victim.received('d', 1, limitMs);
    },
    rest: Buffer.alloc(0),
    next: queryMessage('select 1'),
    readyCount: 2,
  },
  {
    name: 'mid-COPY in',
    enter: async (victim) => {
      await logIn(victim);
      victim.send(queryMessage('create temp table taken (line text)'));
      await victim.received('Z', 2, limitMs);
      victim.send(queryMessage('copy taken from stdin'));
      await victim.received('G', 1, limitMs);
      victim.send(copyData(20));
    },
    rest: Buffer.concat([copyData(2), message('c')]),
    readyCount: 3,
  },
];

async function logIn(victim: Victim): Promise<void> {
  victim.send(startup);
  await victim.received('Z', 1, limitMs);
}

function copyData(rows: number): Buffer {
  return Buffer.concat(Array.from({ length: rows }, () => message('d', copyRow)));
}

function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
