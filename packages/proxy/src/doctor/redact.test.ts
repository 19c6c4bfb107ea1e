// What is never told, whoever says it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleText } from './bundle.ts';
import { redactor } from './redact.ts';

const fromFlag = (value: string) => ({ value, source: { from: 'command-line' } }) as const;

test('redactor knows the secrets of flags and of the environment, and hides the longest first', () => {
  const redact = redactor([{ token: fromFlag('secret-one'), port: fromFlag('5432-5432') }], {
    ALLOYDB_PROXY_LOGIN_TOKEN: 'secret-one-and-more',
    PGPASSWORD: 'short',
  });
  assert.equal(redact('secret-one, secret-one-and-more, short, 5432-5432'), '[redacted], [redacted], short, 5432-5432');
});

test('redactor takes user and password out of URLs', () => {
  const redact = redactor([], {});
  assert.equal(
    redact('through http://gate:pa@ss@10.0.0.1:3128/ and socks5://u@h, not a@b.example'),
    'through http://[redacted]@10.0.0.1:3128/ and socks5://[redacted]@h, not a@b.example',
  );
});

test('A bundle holds no secret, even one that JSON escapes, of a configuration that was refused', () => {
  const secret = '{"private_key": "line one\nline two"}';
  const env = { ALLOYDB_PROXY_JSON_CREDENTIALS: secret };
  const text = bundleText({
    report: {
      version: '1',
      ok: false,
      durationMs: 1,
      checks: [
        {
          id: 'configuration',
          title: 'configuration',
          instance: undefined,
          status: 'fail',
          evidence: `cannot read ${secret}`,
          fix: undefined,
          durationMs: 1,
        },
      ],
    },
    examined: { is: 'refused', by: 'configuration', error: new Error('no') },
    env,
    redact: redactor([], env),
    now: new Date(0),
  });
  assert.match(text, /"cannot read \[redacted\]"/);
  assert.doesNotMatch(text, /line one/);
});
