// Instance URIs: what is read, what is refused, and that nothing is lost on the way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConnectorError } from '../errors.ts';
import {
  formatClusterUri,
  formatInstanceUri,
  parseInstanceUri,
  parseShortInstanceName,
  shortInstanceName,
} from './uri.ts';

const part = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const project = fc.oneof(
  part,
  fc.tuple(fc.stringMatching(/^[a-z][a-z0-9]{0,8}\.[a-z]{2,4}$/), part).map(([domain, name]) => `${domain}:${name}`),
);
const uri = fc.record({ project, region: part, cluster: part, instance: part }, { noNullPrototype: true });

test('parseInstanceUri reads back whatever formatInstanceUri wrote', () => {
  fc.assert(fc.property(uri, (parts) => assert.deepEqual(parseInstanceUri(formatInstanceUri(parts)), parts)));
});

test('parseShortInstanceName reads back whatever shortInstanceName wrote, also with _ for the colon', () => {
  fc.assert(
    fc.property(uri, (parts) => {
      assert.deepEqual(parseShortInstanceName(shortInstanceName(parts)), parts);
      assert.deepEqual(parseShortInstanceName(shortInstanceName(parts).replace(':', '_')), parts);
    }),
  );
});

test('parseInstanceUri keeps the domain of a domain-scoped project', () => {
  const parsed = parseInstanceUri('projects/google.com:p/locations/r/clusters/c/instances/i');
  assert.equal(parsed.project, 'google.com:p');
  assert.equal(formatClusterUri(parsed), 'projects/google.com:p/locations/r/clusters/c');
  assert.equal(shortInstanceName(parsed), 'google.com:p.r.c.i');
});

for (const text of [
  '',
  'instance',
  'p:r:i',
  'projects/p/locations/r/clusters/c',
  'projects/p/locations/r/clusters/c/instances/',
  'projects//locations/r/clusters/c/instances/i',
  'projects/a:b:c/locations/r/clusters/c/instances/i',
  'x/projects/p/locations/r/clusters/c/instances/i',
  'projects/p/locations/r/clusters/c/instances/i/x',
  'projects/p/locations/r/clusters/c/instances/i?port=1',
  ' projects/p/locations/r/clusters/c/instances/i',
  'projects/p/locations/r/clusters/c/instances/i\n',
  'projects/p/locations/r/clusters/c:c/instances/i',
  'projects/../locations/r/clusters/c/instances/i',
  'projects/p/locations/./clusters/c/instances/i',
  'projects/p/locations/r/clusters/c/instances/..',
  'projects/p/locations/r/clusters/%2e%2e/instances/i',
  String.raw`projects/p/locations/r/clusters/c\..\d/instances/i`,
]) {
  test(`parseInstanceUri refuses ${JSON.stringify(text)} and shows the right form`, () => {
    assert.throws(
      () => parseInstanceUri(text),
      (error) =>
        error instanceof ConnectorError &&
        error.code === 'INVALID_INSTANCE_URI' &&
        /projects\/PROJECT/.test(error.hint ?? ''),
    );
  });
}

test('parseInstanceUri recognises the connection name of a Cloud SQL instance', () => {
  assert.throws(() => parseInstanceUri('my-project:us-central1:my-db'), /Cloud SQL/);
});

test('parseShortInstanceName refuses a name with fewer than four parts', () => {
  for (const name of ['', 'a', 'a.b.c', 'a..b.c', '.r.c.i']) {
    assert.throws(() => parseShortInstanceName(name), { code: 'INVALID_INSTANCE_URI' });
  }
});
