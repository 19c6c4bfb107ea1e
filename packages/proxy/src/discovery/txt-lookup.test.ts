// What a real name server says, and what becomes of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DnsServer } from '../../test/dns-server.ts';
import { DomainError } from './domain-error.ts';
import { txtLookup } from './txt-lookup.ts';

const { signal } = new AbortController();

test('txtLookup joins the strings of a record', async () => {
  await using server = await DnsServer.start([['projects/', 'p'], ['v=spf1 -all']]);
  const records = await txtLookup({ server: server.address })('db.example.com', signal);
  assert.deepEqual(records, ['projects/p', 'v=spf1 -all']);
  assert.deepEqual(server.asked, ['db.example.com']);
});

test('txtLookup says why there is no record', async () => {
  await using server = await DnsServer.start('SERVFAIL');
  const lookup = txtLookup({ server: server.address, timeoutMs: 50 });
  const reason = async (): Promise<string> => {
    const error: unknown = await lookup('db.example.com', signal).catch((caught: unknown) => caught);
    assert(error instanceof DomainError && error.hint !== '');
    return error.message.replaceAll(server.address, 'SERVER');
  };
  const beginning = 'cannot look up db.example.com: ';
  assert.equal(await reason(), `${beginning}the name server has failed (name server SERVER)`);
  server.answer = 'NXDOMAIN';
  assert.equal(await reason(), `${beginning}there is no such name (name server SERVER)`);
  server.answer = [];
  assert.equal(await reason(), `${beginning}it has no TXT record (name server SERVER)`);
  server.answer = 'silence';
  assert.equal(await reason(), `${beginning}no name server answers (name server SERVER)`);
});

test('txtLookup ends with its signal', async () => {
  await using server = await DnsServer.start('silence');
  const controller = new AbortController();
  const asked = txtLookup({ server: server.address })('db.example.com', controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(asked, /enough/);
});
