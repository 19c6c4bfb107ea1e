// The proxy that the soak works: the program as its users run it, but for certificates that are renewed every few seconds.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readRequest } from '../../packages/proxy/src/cli/program.ts';
import { stdioSinks } from '../../packages/proxy/src/observability/stdio.ts';
import { type StartRequest, startProgram } from '../../packages/proxy/src/start-program.ts';
import { refresh } from './timings.ts';

const argv = process.argv.slice(2);
const request = read(argv);
let reloads = 0;
const sinks = stdioSinks();

// What is left after a full collection is really held, however much memory V8 keeps for itself.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => {
  // Twice: what the first one finalises, the second one frees.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  sinks.out.write(`held after a collection: ${heapUsed + external} bytes\n`);
});

process.exitCode = await startProgram(request, { sinks, env: process.env, refresh, reread });
await sinks.flush();

function read(args: readonly string[]): StartRequest {
  const asked = readRequest(args, process.env);
  if (asked.kind !== 'start') throw new Error('the soak starts its proxy with flags and an instance, nothing else');
  return asked;
}

/** The last argument is the instance: every other time it has a second listener. */
async function reread(): Promise<StartRequest> {
  reloads += 1;
  return read(reloads % 2 === 0 ? argv : [...argv, ...argv.slice(-1)]);
}
