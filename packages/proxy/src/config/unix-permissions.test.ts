// Groups by name and by number.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { choosePermissions } from './unix-permissions.ts';

test('choosePermissions takes the number of a group as it is', () => {
  assert.deepEqual(choosePermissions({ mode: 0o660, group: '4711' }), { mode: 0o660, groupId: 4711 });
});

test('choosePermissions leaves the group alone when none is named', () => {
  assert.deepEqual(choosePermissions({ mode: 0o600, group: undefined }), { mode: 0o600, groupId: undefined });
});

const skip = process.platform === 'win32' ? 'there is no /etc/group on Windows' : false;

test('choosePermissions finds a group by its name', { skip }, () => {
  const [, name = '', id = ''] = /^([^#:\n]+):[^:\n]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8')) ?? [];
  assert.equal(choosePermissions({ mode: 0o660, group: name }).groupId, Number(id));
});

test('choosePermissions refuses a group that does not exist', () => {
  assert.throws(() => choosePermissions({ mode: 0o660, group: 'no such group' }), /there is no group "no such group"/);
});
