import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import postgres from 'postgres';
import { ConnectorError } from '../errors.ts';
import type { Dial } from './dialing-stream.ts';
import { postgresJsSocket } from './postgres.ts';

function open(dial: Dial, options: postgres.Options<Record<string, never>> = {}): postgres.Sql {
  return postgres({ ...postgresJsSocket({ dial, name: 'p.r.c.i' }), max: 1, user: 'u', ...options });
}

/** A dial that lasts until it is given up, and its signal. */
function endlessDial(): { dial: Dial; dialled: Promise<AbortSignal> } {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  return {
    dialled: promise,
    dial: (signal) => {
      resolve(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  };
}

suite('postgresJsSocket', () => {
  test('postgresJsSocket hands the error of the dial to the query and keeps the place in the pool', async () => {
    let dials = 0;
    const sql = open(() => {
      dials += 1;
      return Promise.reject(new ConnectorError('CONNECT_FAILED', `no route (${dials})`));
    });
    // With a function that rejects, postgres.js would never answer the second query.
    await assert.rejects(sql`select 1`, { code: 'CONNECT_FAILED', message: 'no route (1)' });
    await assert.rejects(sql`select 1`, { code: 'CONNECT_FAILED', message: 'no route (2)' });
    await sql.end();
  });

  test('postgresJsSocket answers every query of a storm when dials fail', async () => {
    const sql = open(() => Promise.reject(new ConnectorError('DIAL_TIMEOUT', 'no answer')), {
      max: 3,
      backoff: () => 0,
    });
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => sql`select 1`));
    assert.ok(results.every((result) => result.status === 'rejected'));
    await sql.end();
  });

  test('postgresJsSocket puts the dial under the connect_timeout of postgres.js', async () => {
    const { dial, dialled } = endlessDial();
    const sql = open(dial, { connect_timeout: 0.05 });
    await assert.rejects(sql`select 1`, { code: 'CONNECT_TIMEOUT', address: 'p.r.c.i' });
    assert.ok((await dialled).aborted);
    await sql.end();
  });

  test('postgresJsSocket gives up the dial when the pool is ended', async () => {
    const { dial, dialled } = endlessDial();
    const sql = open(dial);
    const query = assert.rejects(sql`select 1`, { code: 'CONNECTION_DESTROYED' });
    const signal = await dialled;
    const aborted = once(signal, 'abort');
    await sql.end({ timeout: 0 });
    await aborted;
    await query;
  });
});
