// Sessions that are idle, and those that only look so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleTracker } from './idle-tracker.ts';

function message(type: string, body = ''): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

function first(code: number, body = ''): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, Buffer.from(body)]);
}

const startup = first(3 << 16, 'user\0u\0\0');
const ssl = first(80_877_103);
const ready = message('Z', 'I');
const inTransaction = message('Z', 'T');

/** A session that has logged in; each further step is `[side, bytes]`. */
function session(...steps: readonly (readonly ['client' | 'server', Buffer])[]): IdleTracker {
  const tracker = new IdleTracker();
  tracker.clientSent(startup);
  tracker.serverSent(Buffer.concat([message('R', '\0\0\0\0'), message('S', 'a\0b\0'), ready]));
  for (const [side, bytes] of steps) {
    if (side === 'client') tracker.clientSent(bytes);
    else tracker.serverSent(bytes);
  }
  return tracker;
}

const cases: readonly (readonly [name: string, tracker: IdleTracker, isIdle: boolean])[] = [
  ['a session that has logged in', session(), true],
  ['a query without an answer', session(['client', message('Q', 'select 1\0')]), false],
  [
    'a query with its answer',
    session(['client', message('Q')], ['server', Buffer.concat([message('C'), ready])]),
    true,
  ],
  ['an open transaction', session(['client', message('Q')], ['server', inTransaction]), false],
  [
    'a second query sent before the answer to the first',
    session(['client', message('Q')], ['client', message('Q')], ['server', ready]),
    false,
  ],
  [
    'a row that ends like an answer',
    session(['client', message('Q')], ['server', message('D', ready.toString())]),
    false,
  ],
  ['half a message of the client', session(['client', message('Q', 'select 1\0').subarray(0, 3)]), false],
  ['half a message of the server', session(['server', message('N', 'notice').subarray(0, 7)]), false],
  [
    'rows of a COPY that was sent with a Sync behind it',
    session(
      ['client', Buffer.concat([message('P'), message('S')])],
      ['server', message('G')],
      ['client', message('d')],
    ),
    false,
  ],
  [
    'the end of a COPY that was sent with a Sync behind it, as libpq does',
    session(
      ['client', Buffer.concat([message('P'), message('B'), message('E'), message('S')])],
      ['server', message('G')],
      ['client', Buffer.concat([message('d', 'row'), message('c'), message('S')])],
      ['server', Buffer.concat([message('C'), ready])],
    ),
    true,
  ],
  [
    'the end of a COPY whose Sync came behind its rows',
    session(
      ['client', Buffer.concat([message('P'), message('B'), message('E'), message('H')])],
      ['server', message('G')],
      ['client', Buffer.concat([message('d', 'row'), message('c'), message('S')])],
      ['server', Buffer.concat([message('C'), ready])],
    ),
    true,
  ],
  [
    'the end of a COPY by a simple query',
    session(
      ['client', message('Q')],
      ['server', message('G')],
      ['client', Buffer.concat([message('d', 'row'), message('c')])],
      ['server', Buffer.concat([message('C'), ready])],
    ),
    true,
  ],
  ['a Parse without a Sync', session(['client', message('P', 'x')]), false],
  [
    'an extended query with its answer',
    session(['client', Buffer.concat([message('P'), message('B'), message('E'), message('S')])], ['server', ready]),
    true,
  ],
  [
    'a COPY under way',
    session(['client', message('Q')], ['server', message('G')], ['client', message('d', 'row')]),
    false,
  ],
  [
    'a COPY that is done',
    session(
      ['client', message('Q')],
      ['server', message('G')],
      ['client', Buffer.concat([message('d'), message('c')])],
      ['server', ready],
    ),
    true,
  ],
  ['a notice out of turn', session(['server', message('N', 'notice')]), true],
];
for (const [name, tracker, isIdle] of cases) {
  test(`IdleTracker calls ${name} ${isIdle ? 'idle' : 'busy'}`, () => assert.equal(tracker.isIdle, isIdle));
}

test('IdleTracker follows a client that asks for encryption and is told no', () => {
  const tracker = new IdleTracker();
  for (const request of [first(80_877_104), ssl]) {
    tracker.clientSent(request);
    tracker.serverSent(Buffer.from('N'));
  }
  tracker.clientSent(startup.subarray(0, 4));
  tracker.clientSent(startup.subarray(4));
  assert.equal(tracker.isIdle, false);
  tracker.serverSent(message('R', '\0\0\0\0'));
  tracker.clientSent(message('p', 'password\0'));
  tracker.serverSent(ready);
  assert.equal(tracker.isIdle, true);
});

test('IdleTracker never calls an encrypted session, or one it does not understand, idle', () => {
  const encrypted = new IdleTracker();
  encrypted.clientSent(ssl);
  encrypted.serverSent(Buffer.from('S'));
  encrypted.clientSent(startup);
  encrypted.serverSent(ready);
  const strange = new IdleTracker();
  strange.clientSent(Buffer.from('GET / HTTP/1.1\r\n'));
  strange.serverSent(ready);
  assert.deepEqual([encrypted.isIdle, strange.isIdle], [false, false]);
});

test('IdleTracker.onIdle is called by the chunk that leaves the session idle, and by no other', () => {
  const tracker = session();
  let calls = 0;
  tracker.onIdle = () => {
    calls += 1;
  };
  tracker.clientSent(message('Q', 'begin\0'));
  tracker.serverSent(Buffer.concat([message('C'), inTransaction]));
  tracker.clientSent(message('Q', 'commit\0'));
  tracker.serverSent(ready.subarray(0, 5));
  assert.equal(calls, 0);
  tracker.serverSent(ready.subarray(5));
  assert.equal(calls, 1);
  tracker.onIdle = undefined;
  tracker.serverSent(message('N', 'notice'));
  assert.equal(calls, 1);
});
