// Answers of an HTTP API that are wrong in any way: status, types, length, pace, end.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../support/seeded-random.ts';

const hugeBytes = 8 * 1024 * 1024;
const drippedBytes = 50;
const statuses = [200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 502, 503, 599] as const;

/** Gives an answer made from a right one. Resolves when nothing more will be written. */
export async function answerWrongly(response: ServerResponse, right: unknown, random: SeededRandom): Promise<void> {
  const [first, ...rest] = statuses;
  const status = random.pick([first, ...rest]);
  const text = JSON.stringify(random.chance(0.7) ? mutate(right, random) : strange(random));
  const give = random.pick([
    () => response.writeHead(status, { 'content-type': 'application/json' }).end(text),
    () => response.writeHead(status).end(text.slice(0, random.below(text.length))),
    () => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>'),
    () => response.writeHead(status).end(random.bytes(random.below(2000))),
    () => response.writeHead(200).end(`{"padding":"${'x'.repeat(random.below(hugeBytes))}"}`),
    () => response.writeHead(status, { location: random.pick(['/', 'http://127.0.0.1:1/', '//', ':']) }).end(),
    () => response.writeHead(status, { 'retry-after': random.pick(['0', '-1', '1e99', 'soon', '']) }).end(text),
    () => response.writeHead(200, { 'content-length': text.length + 100 }).end(text),
    () => response.socket?.resetAndDestroy(),
    () => response.socket?.destroy(),
    () => response.socket?.end(random.bytes(random.below(500))),
  ]);
  if (random.chance(0.1)) await drip(response, text);
  else give();
}

async function drip(response: ServerResponse, text: string): Promise<void> {
  response.writeHead(200);
  for (const letter of text.slice(0, drippedBytes)) {
    if (response.destroyed) return;
    response.write(letter);
    await sleep(2);
  }
  response.end(text.slice(drippedBytes));
}

/** The same value with something in it replaced, left out, or added. */
export function mutate(value: unknown, random: SeededRandom): unknown {
  if (random.chance(0.15)) return strange(random);
  if (Array.isArray(value))
    return value.map((entry) => mutate(entry, random)).slice(0, random.chance(0.8) ? undefined : 1);
  if (typeof value === 'string' && random.chance(0.1)) return value.slice(random.below(value.length + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(() => random.chance(0.95));
  return Object.fromEntries(entries.map(([name, entry]) => [name, mutate(entry, random)]));
}

function strange(random: SeededRandom): unknown {
  const make = random.pick<() => unknown>([
    () => null,
    () => true,
    () => random.fraction() * 1e20,
    () => -1,
    () => '',
    () => random.bytes(random.below(100)).toString('latin1'),
    () => [],
    () => [[[[]]]],
    () => ({}),
    () => ({ __proto__: null, constructor: 1, toString: 2 }),
    () => ({
      error: mutate({ code: 403, message: 'no', status: 'PERMISSION_DENIED', details: [{ '@type': 'x' }] }, random),
    }),
  ]);
  return make();
}
