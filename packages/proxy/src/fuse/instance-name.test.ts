// Which names are those of instances.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstanceName } from './instance-name.ts';

test('parseInstanceName reads project, region, cluster and instance', () => {
  assert.deepEqual(parseInstanceName('my-project.us-central1.c-1.primary'), {
    project: 'my-project',
    region: 'us-central1',
    cluster: 'c-1',
    instance: 'primary',
  });
  assert.equal(parseInstanceName('123456.us-central1.c.i')?.project, '123456', 'a project by its number');
});

test('parseInstanceName takes an underscore for the colon of a domain-scoped project', () => {
  assert.equal(parseInstanceName('google.com_p.r.c.i')?.project, 'google.com:p');
  assert.equal(parseInstanceName('a.b-c.co.uk_p-1.r.c.i')?.project, 'a.b-c.co.uk:p-1');
});

test('parseInstanceName refuses what no instance is called, for programs look for all kinds of files', () => {
  for (const name of [
    '',
    'README',
    '.git',
    '.Trash-1000',
    'autorun.inf',
    'a.b.c',
    'a..b.c',
    '.a.b.c',
    'a.b.c.',
    'a.b.c.d.e',
    'google.com:p.r.c.i',
    'com_p.r.c.i',
    'a.b_c_d.r.c.i',
    'P.r.c.i',
    'p.r.c.i ',
    'p.r.c.i\n',
    'p.r.c.-i',
    'p.r.c.i%00',
    'p.r.c/x.i',
    `${'p'.repeat(250)}.r.c.i`,
  ]) {
    assert.equal(parseInstanceName(name), undefined, JSON.stringify(name));
  }
});
