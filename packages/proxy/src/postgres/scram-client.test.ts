import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import { ScramClient } from './scram-client.ts';

const salt = Buffer.from('a salt of sixteen');

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** A server that keeps only what a server keeps. */
function serverOf(password: string) {
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  const serverKey = hmac(salted, 'Server Key');
  return (clientFirst: string) => {
    const bare = clientFirst.slice('n,,'.length);
    const first = `${bare.slice('n=,'.length)}server,s=${salt.toString('base64')},i=4096`;
    return {
      first,
      judge(clientLast: string) {
        const [, withoutProof = '', proof = ''] = /^(.*),p=(.*)$/.exec(clientLast) ?? [];
        const conversation = `${bare},${first},${withoutProof}`;
        const mask = hmac(storedKey, conversation);
        const key = Buffer.from(Buffer.from(proof, 'base64').map((byte, at) => byte ^ (mask[at] ?? 0)));
        const isRight = createHash('sha256').update(key).digest().equals(storedKey);
        return { isRight, last: `v=${hmac(serverKey, conversation).toString('base64')}` };
      },
    };
  };
}

test('ScramClient proves the password to a server that keeps only hashes, and hears that it knows them', async () => {
  const client = new ScramClient('pencil', 'nonce');
  const server = serverOf('pencil')(client.first());
  const { isRight, last } = server.judge(await client.last(server.first));
  assert.ok(isRight);
  assert.ok(client.accepts(last));
});

test('ScramClient is no good with another password, and does not believe another server', async () => {
  const client = new ScramClient('pencil', 'nonce');
  const server = serverOf('crayon')(client.first());
  const { isRight, last } = server.judge(await client.last(server.first));
  assert.ok(!isRight);
  assert.ok(!client.accepts(last));
});

test("ScramClient refuses a server that leaves out the client's nonce, or asks for work without end", async () => {
  const client = new ScramClient('pencil', 'nonce');
  for (const first of ['r=other,s=AAAA,i=4096', 'r=nonce,s=AAAA,i=4096', 'r=noncex,s=AAAA,i=999999999', 'nothing']) {
    await assert.rejects(client.last(first), /SCRAM-SHA-256/);
  }
});
