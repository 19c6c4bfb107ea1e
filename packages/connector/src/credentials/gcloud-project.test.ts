// Where gcloud keeps the project that it is set to.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gcloudProject } from './gcloud-project.ts';

test('gcloudProject reads the active configuration, unless the environment says otherwise', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'gcloud-'));
  const env = { CLOUDSDK_CONFIG: folder.path };
  assert.equal(gcloudProject(env), undefined);
  mkdirSync(join(folder.path, 'configurations'));
  const write = (name: string, text: string): void => writeFileSync(join(folder.path, ...name.split('/')), text);
  write('configurations/config_default', '[billing]\nproject = no\n[core]\naccount = a@b.c\nproject = one\n');
  write('configurations/config_work', '[core]\nproject=two\n');
  assert.equal(gcloudProject(env), 'one');
  write('active_config', 'work\n');
  assert.equal(gcloudProject(env), 'two');
  assert.equal(gcloudProject({ ...env, CLOUDSDK_ACTIVE_CONFIG_NAME: 'default' }), 'one');
  assert.equal(gcloudProject({ ...env, CLOUDSDK_CORE_PROJECT: 'three' }), 'three');
});
