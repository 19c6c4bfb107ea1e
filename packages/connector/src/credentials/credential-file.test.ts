// Credential files: refused at once when they cannot be used, without quoting what is in them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { applicationDefault } from './application-default.ts';
import { credentialFile } from './credential-file.ts';
import { staticToken } from './static-token.ts';

const folder = mkdtempSync(join(tmpdir(), 'credential-file-'));
after(() => rmSync(folder, { recursive: true }));
const options = { http: nodeHttpClient, clock: new ManualClock() };

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

test('credentialFile names a file that is not there and the reason', () => {
  assert.throws(() => credentialFile(join(folder, 'missing.json'), options), {
    code: 'CREDENTIALS_INVALID',
    message: /Cannot read the credential file ".*missing\.json": no such file or directory/,
  });
});

test('credentialFile does not quote a file that is no credential', () => {
  for (const text of ['', 'top-secret', '"top-secret"', '{"a":"top-secret"}', '{"private_key":"top-secret",}']) {
    assert.throws(
      () => credentialFile(write('bad.json', text), options),
      (error) => error instanceof Error && !error.message.includes('top-secret') && error.cause === undefined,
    );
  }
});

test('applicationDefault takes the file that GOOGLE_APPLICATION_CREDENTIALS names before any other', () => {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'named.json'), CLOUDSDK_CONFIG: folder };
  assert.throws(() => applicationDefault({ ...options, env }), /named\.json/);
});

test('applicationDefault finds the file of gcloud in CLOUDSDK_CONFIG', () => {
  write('application_default_credentials.json', '{}');
  assert.throws(
    () => applicationDefault({ ...options, env: { CLOUDSDK_CONFIG: folder } }),
    /application_default_credentials\.json/,
  );
});

test('staticToken refuses what could not stand in a header, without showing it', () => {
  for (const value of ['', 'top secret', 'top-secret\n']) {
    assert.throws(
      () => staticToken(value),
      (error) => error instanceof Error && !error.message.includes('top'),
    );
  }
});
