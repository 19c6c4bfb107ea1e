// The kernel's list of mounts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topMount } from './mount-table.ts';

const table = String.raw`22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
40 22 0:30 / /mnt/my\040folder rw - tmpfs tmpfs rw
41 22 0:31 / /mnt/plain ro,nosuid - fuse.alloydb-auth-proxy alloydb-auth-proxy ro,user_id=0
42 41 0:32 / /mnt/plain rw shared:7 master:2 - tmpfs - rw
`;

test('topMount finds the mount that lies on top, by a folder with blanks too', () => {
  assert.deepEqual(topMount(table, '/mnt/my folder'), { id: 40, type: 'tmpfs' });
  assert.deepEqual(topMount(table, '/mnt/plain'), { id: 42, type: 'tmpfs' });
  assert.deepEqual(topMount(table.split('\n').slice(0, 3).join('\n'), '/mnt/plain'), {
    id: 41,
    type: 'fuse.alloydb-auth-proxy',
  });
});

test('topMount finds nothing at a folder that is no mount', () => {
  for (const folder of ['/mnt', '/mnt/plain/below', '/mnt/other']) assert.equal(topMount(table, folder), undefined);
});
