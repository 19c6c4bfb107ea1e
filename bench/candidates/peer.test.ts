// Commands of other proxies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandPlace } from './candidate.ts';
import { parsePeer } from './peer.ts';

const files = { cert: '', key: '', both: '', ca: '', token: '' };
const place: CommandPlace = {
  backend: {
    uri: 'projects/p',
    host: '127.0.0.2',
    port: 5433,
    serverName: 'db',
    api: 'http://127.0.0.1:1',
    credentials: '/key.json',
    exchanging: files,
    plain: files,
  },
  port: 4,
  folder: '/tmp',
};

test('parsePeer fills what the benchmark knows into the command and leaves other braces alone', () => {
  const peer = parsePeer('official=proxy --port={port} --api {api} --c {credentials} {uri} ${HOME} {else}');
  assert.equal(peer.name, 'official');
  assert.deepEqual(peer.kind === 'proxy' && peer.command(place), {
    file: 'sh',
    args: ['-c', 'exec proxy --port=4 --api http://127.0.0.1:1 --c /key.json projects/p ${HOME} {else}'],
  });
});

test('parsePeer keeps the equals signs of a command', () => {
  assert.equal(parsePeer('a b=c --d=e').name, 'a b');
});

test('parsePeer refuses a peer without a command', () => {
  for (const text of ['official', '=proxy', 'official=']) assert.throws(() => parsePeer(text), /expected NAME=COMMAND/);
});
