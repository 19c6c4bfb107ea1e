// The product tokens of the proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERSION } from '../cli/version.ts';
import { userAgent } from './user-agent.ts';

const own = `alloydb-auth-proxy-ts/${VERSION}`;

test('userAgent begins with the product, then the metadata of the image, then what the user appends', () => {
  const nothing = { userAgent: undefined };
  assert.equal(userAgent(nothing, {}), own);
  assert.equal(userAgent(nothing, { ALLOYDB_PROXY_METADATA: '' }), own);
  assert.equal(userAgent(nothing, { ALLOYDB_PROXY_METADATA: 'container' }), `${own}+container`);
  assert.equal(userAgent({ userAgent: 'app/1 (x)' }, { ALLOYDB_PROXY_METADATA: 'c' }), `${own}+c app/1 (x)`);
});
