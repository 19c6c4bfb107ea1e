// The lines that explain why the program did not start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printText, reportStartupError } from './messages.ts';
import { UsageError } from './usage-error.ts';

function collect() {
  const lines = { out: '', err: '' };
  const sinks = {
    out: { write: (line: string) => (lines.out += line) },
    err: { write: (line: string) => (lines.err += line) },
  };
  return { lines, sinks };
}

test('reportStartupError writes an error line and a hint line to standard error', () => {
  const { lines, sinks } = collect();
  reportStartupError(new UsageError('unknown flag --prot', { hint: 'did you mean --port?' }), {
    format: 'text',
    sinks,
  });
  assert.deepEqual(lines, {
    out: '',
    err: 'alloydb-auth-proxy: error: unknown flag --prot\nalloydb-auth-proxy: hint: did you mean --port?\n',
  });
});

test('reportStartupError leaves the hint line out of an error without a hint, and its capital', () => {
  const { lines, sinks } = collect();
  reportStartupError(new Error('Cannot listen on 127.0.0.1:5432:\nbad'), { format: 'text', sinks });
  assert.equal(lines.err, 'alloydb-auth-proxy: error: cannot listen on 127.0.0.1:5432:\\nbad\n');
});

test('reportStartupError writes one LogEntry with the hint for --structured-logs', () => {
  const { lines, sinks } = collect();
  reportStartupError(new UsageError('unknown flag --prot', { hint: 'did you mean --port?' }), {
    format: 'json',
    sinks,
  });
  assert.equal(lines.err.trimEnd().split('\n').length, 1);
  assert.partialDeepStrictEqual(JSON.parse(lines.err), {
    severity: 'ERROR',
    message: 'unknown flag --prot',
    hint: 'did you mean --port?',
  });
});

test('printText ends with one newline', () => {
  const { lines, sinks } = collect();
  printText('one', sinks.out);
  printText('two\n', sinks.out);
  assert.equal(lines.out, 'one\ntwo\n');
});
