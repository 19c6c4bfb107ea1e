// The commands that change or ask a running emulator, one row each.

import { setTimeout as delay } from 'node:timers/promises';
import { EmulatorError } from '../emulator-error.ts';
import { writeKeyFile } from '../iam/key-file.ts';
import type { ControlClient } from './control-client.ts';
import { faultOrderOf } from './fault-words.ts';
import { type ShownStatus, statusText } from './status-text.ts';

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface Given {
  readonly client: ControlClient;
  /** What stands behind the words of the command. */
  readonly names: readonly string[];
  readonly values: Values;
}

export interface CommandRow {
  /** What stands behind the command, for its help. */
  readonly takes: string;
  readonly help: string;
  /** How many names there may be. */
  readonly names: readonly [least: number, most: number];
  readonly options?: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;
  /** Returns what is printed. @throws EmulatorError */
  readonly run: (given: Given) => Promise<string>;
}

const text = { type: 'string' } as const;
const truth = { type: 'boolean' } as const;

/** An order whose answer says nothing. */
function order(path: string, bodyOf: (given: Given) => unknown): CommandRow['run'] {
  return async (given) => {
    await given.client.call('POST', path, bodyOf(given));
    return '';
  };
}

const [first, second] = [0, 1].map(
  (i) =>
    ({ names }: Given): string =>
      names[i] ?? '',
) as [(given: Given) => string, (given: Given) => string];

/** By its words. */
export const COMMANDS: Readonly<Record<string, CommandRow>> = {
  status: {
    takes: '[--format text|json]',
    help: 'show clusters, instances, users, faults',
    names: [0, 0],
    options: { format: text },
    run: async ({ client, values: { format = 'text' } }) => {
      if (format !== 'text' && format !== 'json') {
        throw new EmulatorError('INVALID_OPTION', `Cannot use "${format}" as --format`, { hint: 'use text or json' });
      }
      const status = (await client.call('GET', '/status')) as ShownStatus;
      return format === 'json'
        ? `${JSON.stringify({ url: client.url, ...status }, null, 2)}\n`
        : statusText(client.url, status);
    },
  },
  stop: { takes: '', help: 'end the emulator, and wait until it has ended', names: [0, 0], run: stop },
  'create cluster': {
    takes: 'CLUSTER [--secondary-of CLUSTER]',
    help: 'a cluster without instances',
    names: [1, 1],
    options: { 'secondary-of': text },
    run: order('/create-cluster', (given) => ({
      cluster: first(given),
      secondaryOf: given.values['secondary-of'],
    })),
  },
  'create instance': {
    takes: 'URI [--type T] [--public-ip] [--require-connectors] [--ssl-mode MODE] [--psc-dns-name HOST] [--nodes N]',
    help: 'T: PRIMARY, READ_POOL, SECONDARY',
    names: [1, 1],
    options: {
      type: text,
      'public-ip': truth,
      'require-connectors': truth,
      'ssl-mode': text,
      'psc-dns-name': text,
      nodes: text,
    },
    run: async (given) => {
      const { type, nodes, ...values } = given.values;
      const answer = await given.client.call('POST', '/create-instance', {
        instance: first(given),
        type,
        publicIp: values['public-ip'],
        requireConnectors: values['require-connectors'],
        sslMode: values['ssl-mode'],
        pscDnsName: values['psc-dns-name'],
        nodeCount: nodes === undefined ? undefined : Number(nodes),
      });
      return `${String((answer as { readonly address: unknown }).address)}\n`;
    },
  },
  'create user': {
    takes: 'NAME [--password TEXT | --iam]',
    help: "a database user; prints the password, or the IAM user's name",
    names: [1, 1],
    options: { password: text, iam: truth },
    run: async (given) => {
      const { password, iam } = given.values;
      const answer = await given.client.call('POST', '/create-user', { name: first(given), password, iam });
      const { name, password: made } = answer as { readonly name: string; readonly password?: string };
      return `${made ?? name}\n`;
    },
  },
  'create key': {
    takes: 'EMAIL FILE',
    help: 'a key of a service account, into a file',
    names: [2, 2],
    run: async (given) => {
      const key = await given.client.call('POST', '/create-key', { email: first(given) });
      await writeKeyFile(second(given), key as object);
      return '';
    },
  },
  'delete cluster': {
    takes: 'CLUSTER [--force]',
    help: '',
    names: [1, 1],
    options: { force: truth },
    run: order('/delete-cluster', (given) => ({ cluster: first(given), force: given.values['force'] })),
  },
  'delete instance': {
    takes: 'URI',
    help: '',
    names: [1, 1],
    run: order('/delete-instance', (given) => ({ instance: first(given) })),
  },
  'delete user': {
    takes: 'NAME',
    help: '',
    names: [1, 1],
    run: order('/delete-user', (given) => ({ name: first(given) })),
  },
  'stop-instance': {
    takes: 'URI',
    help: 'it refuses connections',
    names: [1, 1],
    run: order('/instance-state', (given) => ({ instance: first(given), state: 'STOPPED' })),
  },
  'start-instance': {
    takes: 'URI',
    help: '',
    names: [1, 1],
    run: order('/instance-state', (given) => ({ instance: first(given), state: 'READY' })),
  },
  'set-connection-rule': {
    takes: 'URI [--require-connectors true|false] [--ssl-mode MODE]',
    help: 'whom its own PostgreSQL port lets in from now on',
    names: [1, 1],
    options: { 'require-connectors': text, 'ssl-mode': text },
    run: order('/connection-rule', (given) => ({
      instance: first(given),
      requireConnectors: truthOf('--require-connectors', given.values['require-connectors']),
      sslMode: given.values['ssl-mode'],
    })),
  },
  'restart-instance': {
    takes: 'URI',
    help: 'its sessions are lost',
    names: [1, 1],
    run: order('/restart-instance', (given) => ({ instance: first(given) })),
  },
  failover: {
    takes: 'URI',
    help: 'another node serves the address; sessions are lost',
    names: [1, 1],
    run: order('/failover', (given) => ({ instance: first(given) })),
  },
  switchover: {
    takes: 'CLUSTER',
    help: 'the secondary cluster and its primary exchange their parts',
    names: [1, 1],
    run: order('/switchover', (given) => ({ cluster: first(given) })),
  },
  promote: {
    takes: 'CLUSTER',
    help: 'the secondary cluster becomes a primary one',
    names: [1, 1],
    run: order('/promote', (given) => ({ cluster: first(given) })),
  },
  'rotate-ca': {
    takes: 'CLUSTER',
    help: 'a new certificate authority',
    names: [1, 1],
    run: order('/rotate-ca', (given) => ({ cluster: first(given) })),
  },
  'fault list': {
    takes: '',
    help: 'what is still to go wrong, as JSON',
    names: [0, 0],
    run: async ({ client }) => {
      const { faults } = (await client.call('GET', '/faults')) as { readonly faults: unknown };
      return `${JSON.stringify(faults, null, 2)}\n`;
    },
  },
  'fault set': {
    takes: 'KIND [FIELD=VALUE]...',
    help: 'such as: fault set api-error status=503 times=2',
    names: [1, 20],
    run: order('/faults', ({ names }) => faultOrderOf(names)),
  },
  'fault clear': {
    takes: '',
    help: 'nothing is to go wrong',
    names: [0, 0],
    run: async ({ client }) => {
      await client.call('DELETE', '/faults');
      return '';
    },
  },
};

/** @throws EmulatorError `INVALID_OPTION` */
function truthOf(flag: string, value: string | boolean | undefined): boolean | undefined {
  if (value === undefined || value === 'true' || value === 'false') return value && value === 'true';
  throw new EmulatorError('INVALID_OPTION', `Cannot use "${value}" as ${flag}`, { hint: 'use true or false' });
}

const PAUSE_MS = 50;
const STOP_ATTEMPTS = 600;

async function stop({ client }: Given): Promise<string> {
  const { pid } = (await client.call('POST', '/stop', {})) as { readonly pid: number };
  for (let attempt = 1; attempt <= STOP_ATTEMPTS; attempt += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return '';
    }
    await delay(PAUSE_MS);
  }
  throw new EmulatorError('NOT_POSSIBLE', `Cannot stop the emulator: process ${pid} is still there after 30 s`);
}
