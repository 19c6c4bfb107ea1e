// Connectors that dial with another one's certificates and tokens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConnectorRig, uri } from '../../test/connector-rig.ts';
import { errorReply, okReply } from '../../test/instance-server.ts';
import { Connector } from '../connector.ts';
import type { SharedInfo, SharedSource } from './shared-source.ts';

const never = new AbortController().signal;

/** As over a channel: nothing but plain values comes through. */
function asPlainValues(source: SharedSource, seen: SharedInfo[] = []): SharedSource {
  return {
    ...source,
    async connectionInfo(instance, known, signal) {
      const text = JSON.stringify(await source.connectionInfo(instance, known, signal));
      const info = JSON.parse(text) as SharedInfo;
      seen.push(info);
      return info;
    },
  };
}

test('Connector.share lets others dial with one certificate, whose key is sent to each of them once', async () => {
  await using rig = await startConnectorRig();
  using primary = new Connector(rig.options);
  const seen: SharedInfo[] = [];
  const others = Array.from({ length: 2 }, () => new Connector({ shared: asPlainValues(primary.share(), seen) }));
  for (const other of [...others, ...others]) {
    (await other.dial(uri, { dialAddress: rig.dialAddress })).socket.destroy();
  }
  assert.equal(rig.certificates(), 1);
  assert.deepEqual(
    seen.map(({ identity }) => identity !== undefined),
    [true, true, false, false],
  );
  assert.deepEqual(new Set(seen.map(({ id }) => id)).size, 1);
  assert.match(rig.instance.requests[0] ?? '', /api-token/);
  for (const other of others) other.close();
});

test('A shared certificate that is refused is renewed once by its owner, and every other connector gets the new one', async () => {
  let isRefused = true;
  await using rig = await startConnectorRig({
    instance: (socket) => {
      if (isRefused) socket.end();
      else socket.write(okReply);
    },
  });
  using primary = new Connector(rig.options);
  const first = await primary.share().connectionInfo(uri, undefined, never);
  const source = asPlainValues(primary.share());
  const refusing: SharedSource = {
    ...source,
    refused(instance, id) {
      isRefused = false;
      source.refused(instance, id);
    },
  };
  using one = new Connector({ shared: refusing });
  using other = new Connector({ shared: source });
  (await one.dial(uri, { dialAddress: rig.dialAddress })).socket.destroy();
  (await other.dial(uri, { dialAddress: rig.dialAddress })).socket.destroy();
  assert.equal(rig.certificates(), 2);
  primary.share().refused(uri, first.id);
  await primary.share().connectionInfo(uri, undefined, never);
  assert.equal(rig.certificates(), 2, 'a late refusal of the old one changes nothing');
});

test('A shared token that is refused is dropped by its owner', async () => {
  await using rig = await startConnectorRig({
    instance: (socket, { earlier }) => {
      socket.write(earlier === 0 ? errorReply('Request had invalid authentication credentials.') : okReply);
    },
  });
  using primary = new Connector(rig.options);
  const dropped: string[] = [];
  using other = new Connector({ shared: { ...primary.share(), dropToken: (token) => void dropped.push(token) } });
  (await other.dial(uri, { dialAddress: rig.dialAddress })).socket.destroy();
  assert.deepEqual(dropped, ['api-token']);
});
