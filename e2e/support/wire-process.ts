// Stands between proxy and server as a process of its own, which can be killed: `wire-process.ts PORT TARGET-HOST TARGET-PORT [PHASE]`.

import { createServer, type Socket } from 'node:net';
import { dialPhases, WireLink } from './wire-link.ts';

const [port, host = '', targetPort, stallAt] = process.argv.slice(2);
const at = dialPhases.find((phase) => phase === stallAt);
const pollMs = 5;

createServer({ allowHalfOpen: true, noDelay: true }, (near: Socket) => {
  const order = at === undefined ? undefined : ({ fault: 'stall', at } as const);
  const link = new WireLink(near, { target: { host, port: Number(targetPort) }, order, mangle: undefined });
  const timer = setInterval(() => {
    if (!link.isStalled) return;
    clearInterval(timer);
    process.send?.('stalled');
  }, pollMs);
  near.once('close', () => clearInterval(timer));
}).listen(Number(port), host, () => process.send?.('listening'));
// Nobody is to be left behind when the test ends in another way than it should.
process.once('disconnect', () => process.exit());
