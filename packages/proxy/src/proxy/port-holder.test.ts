// The holder of a port, told apart from others that hold the same port at other addresses.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { portOf } from '../../test/socket-pair.ts';
import { findPortHolder } from './port-holder.ts';

const skip = process.platform === 'linux' ? false : 'holders are found in /proc';

test('findPortHolder names the process at the same address, or at all addresses, and no other', { skip }, async () => {
  const here = createServer().listen(0, '127.0.0.1');
  await once(here, 'listening');
  const port = portOf(here);
  const program = `require('net').createServer().listen(${port}, '127.0.0.9', () => console.log('up'))`;
  const other = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  assert.equal(findPortHolder({ host: '127.0.0.1', port })?.pid, process.pid);
  assert.equal(findPortHolder({ host: '127.0.0.9', port })?.pid, other.pid);
  assert.equal(findPortHolder({ host: '127.0.0.8', port }), undefined);
  assert.notEqual(findPortHolder({ host: '0.0.0.0', port }), undefined);
  other.kill();
  here.close();
  await once(other, 'close');
});

test('findPortHolder reads IPv6 addresses', { skip }, async () => {
  const server = createServer().listen(0, '::1');
  await once(server, 'listening');
  assert.equal(findPortHolder({ host: '::1', port: portOf(server) })?.pid, process.pid);
  server.close();
});
