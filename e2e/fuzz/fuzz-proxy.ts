// The proxy for fuzzing as the Admin API: it asks again at once, so that a minute holds more answers than hours do elsewhere.

import { readRequest } from '../../packages/proxy/src/cli/program.ts';
import { stdioSinks } from '../../packages/proxy/src/observability/stdio.ts';
import { startProgram } from '../../packages/proxy/src/start-program.ts';

const request = readRequest(process.argv.slice(2), process.env);
if (request.kind !== 'start') throw new Error('the proxy for fuzzing starts with flags and instances, nothing else');
const sinks = stdioSinks();
const refresh = { bufferMs: 1_000, rate: { intervalMs: 50, burst: 2 }, wallClockCheckMs: 500 };
process.exitCode = await startProgram(request, { sinks, env: process.env, refresh, reread: async () => request });
await sinks.flush();
