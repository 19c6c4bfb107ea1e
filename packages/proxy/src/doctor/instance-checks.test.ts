// What the doctor reads of an instance where only its description may be read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from './instance-checks.ts';

test('addressesIn reads every kind of address, the name of Private Service Connect without its final dot', () => {
  const view = {
    ipAddress: '10.0.0.5',
    publicIpAddress: '',
    pscInstanceConfig: { pscDnsName: 'abc.alloydb-psc.goog.' },
  };
  assert.deepEqual(addressesIn(view), { PRIVATE: '10.0.0.5', PSC: 'abc.alloydb-psc.goog' });
});
