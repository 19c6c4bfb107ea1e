// Sessions that stay open and write all the time: pgbench where it is installed, else a few clients of our own.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Login, libpqEnvironment, openPostgresJs } from '../support/clients.ts';
import { runProgram, skipUnlessInstalled } from '../support/tools.ts';

export interface LongSessions {
  readonly name: string;
  readonly transactions: number;
  readonly failures: readonly string[];
}

const clients = 4;
const transactionsPerSecond = 100;

/** Works for so many seconds. */
export async function longSessions(login: Login, seconds: number): Promise<LongSessions> {
  return skipUnlessInstalled('pgbench') === false ? runPgbench(login, seconds) : runOwn(login, seconds);
}

async function runPgbench(login: Login, seconds: number): Promise<LongSessions> {
  const env = libpqEnvironment(login);
  const prepared = await runProgram('pgbench', ['--initialize', '--quiet', '--scale=1'], env);
  const work = ['--client', String(clients), '--time', String(seconds), '--rate', String(transactionsPerSecond)];
  const { status, stdout, stderr } = prepared.status === 0 ? await runProgram('pgbench', work, env) : prepared;
  const [, transactions = '0'] = /number of transactions actually processed: (\d+)/.exec(stdout) ?? [];
  const [, failed = '0'] = /number of failed transactions: (\d+)/.exec(stdout) ?? [];
  const failures = status === 0 && failed === '0' ? [] : [`pgbench ended with ${status}, ${failed} failed: ${stderr}`];
  return { name: 'pgbench', transactions: Number(transactions), failures };
}

async function runOwn(login: Login, seconds: number): Promise<LongSessions> {
  const deadline = Date.now() + seconds * 1000;
  const sql = openPostgresJs(login, { max: clients });
  const failures: string[] = [];
  let transactions = 0;
  try {
    await sql`create table if not exists soaked (id int primary key, count int)`;
    const work = async (id: number): Promise<void> => {
      while (Date.now() < deadline) {
        await sql`insert into soaked values (${id}, 1) on conflict (id) do update set count = soaked.count + 1`;
        transactions += 1;
        await sleep((1000 * clients) / transactionsPerSecond);
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, id) => work(id)));
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    await sql.end();
  }
  return { name: 'own sessions', transactions, failures };
}
