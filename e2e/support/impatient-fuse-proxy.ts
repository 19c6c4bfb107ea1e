// The proxy, but that a listener behind --fuse closes after a second in which nobody uses it.

import { readRequest } from '../../packages/proxy/src/cli/program.ts';
import { stdioSinks } from '../../packages/proxy/src/observability/stdio.ts';
import { startProgram } from '../../packages/proxy/src/start-program.ts';

const request = readRequest(process.argv.slice(2), process.env);
if (request.kind !== 'start' || request.config.fuse === undefined) throw new Error('it starts with --fuse');
const config = { ...request.config, fuse: { ...request.config.fuse, idleMs: 1_000 } };
const sinks = stdioSinks();
process.exitCode = await startProgram({ ...request, config }, { sinks, env: process.env, reread: async () => request });
await sinks.flush();
