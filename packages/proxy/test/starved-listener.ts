// A guarded listener as a process of its own, whose limit of open files a test lowers. Prints its port, then its log.

import { createServer } from 'node:net';
import { AcceptGuard } from '../src/proxy/accept-guard.ts';
import { DescriptorWatch } from '../src/proxy/descriptor-watch.ts';
import { listen } from '../src/proxy/listen.ts';
import { recordLog } from './log-recorder.ts';
import { portOf } from './socket-pair.ts';

const server = createServer((client) => client.on('error', () => undefined).end('served'));
const listenAt = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
await listen(server, listenAt);
const { logger } = recordLog((line) => process.stdout.write(`${line}\n`));
const guard = new AcceptGuard({ server, listenAt, canReopen: true, instance: 'p.r.c.i', logger });
// oxlint-disable-next-line no-new
new DescriptorWatch({ intervalMs: 100, onNone: (error) => guard.pause(error) });
process.stdout.write(`${portOf(server)}\n`);
