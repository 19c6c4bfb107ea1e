// Private Service Connect: the name is resolved, dialled and found in the server's certificate.

import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { test } from 'node:test';
import { Connector } from 'alloydb-connector';
import { setUp } from './support/setting.ts';

const uri = 'projects/local/locations/us-central1/clusters/demo/instances/primary';

for (const [kind, name] of [
  ['pscDnsName', 'primary.alloydb-psc.test'],
  ['pscAutoDnsName', 'auto.alloydb-psc.test'],
] as const) {
  test(`A connector dials the name of ${kind} without its final dot, and checks the certificate against it`, async () => {
    await using setting = await setUp({ instances: [{ uri, [kind]: `${name}.` }] });
    const { emulator, keyFile } = setting;
    const asked: string[] = [];
    // The names of an emulated instance stand in no DNS.
    const lookup: LookupFunction = (host, options, done) => {
      asked.push(host);
      const address = emulator.instances[0]?.address ?? '';
      if (options.all === true) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
    using connector = new Connector({
      credentials: { kind: 'file', path: keyFile },
      adminApiEndpoint: emulator.apiEndpoint,
      lookup,
    });
    const { socket, address, ipType } = await connector.dial(uri, { ipType: 'PSC' });
    socket.destroy();
    assert.deepEqual({ address, ipType }, { address: `${name}:5433`, ipType: 'PSC' });
    assert.ok(asked.includes(name), asked.join());
  });
}
