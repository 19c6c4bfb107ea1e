// Runs the fuzzing of the proxy from all its sides.
// Usage: npm run test:fuzz -- [--seconds 60] [--seed N] [client] [tls] [server] [api]

import { inspect, parseArgs } from 'node:util';
import { freshSeed } from '../support/seeded-random.ts';
import { fuzzApi } from './api-fuzz.ts';
import { fuzzClient } from './client-fuzz.ts';
import type { Fuzz } from './fuzz-run.ts';
import { fuzzServer } from './server-fuzz.ts';
import { fuzzTls } from './tls-fuzz.ts';

const all: Readonly<Record<string, Fuzz>> = {
  client: fuzzClient,
  tls: fuzzTls,
  server: fuzzServer,
  api: fuzzApi,
};

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const seed = values.seed === undefined ? freshSeed() : Number(values.seed);
const chosen = Object.entries(all).filter(([name]) => positionals.length === 0 || positionals.includes(name));

for (const [name, fuzz] of chosen) {
  process.stdout.write(`${name}: seed ${seed}, ${values.seconds} s\n`);
  try {
    const { rounds, figures } = await fuzz({ seed, seconds: Number(values.seconds) });
    process.stdout.write(`${name}: ok, ${rounds} rounds, ${figures}\n`);
  } catch (error) {
    process.exitCode = 1;
    const replay = `npm run test:fuzz -- --seed ${seed} --seconds ${values.seconds} ${name}`;
    // With what it holds: a failure, and another one of the cleaning up after it.
    process.stderr.write(
      `${name}: FAILED, play it again with: ${replay}\n${inspect(error, { showHidden: error instanceof SuppressedError })}\n`,
    );
  }
}
