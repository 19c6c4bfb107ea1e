// The two formats of the log, its levels and its streams.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogConfig } from '../config/config.ts';
import { createLogger, type Logger } from './logger.ts';

const NOW = new Date(2026, 0, 2, 3, 4, 5, 678);

function logged(config: Pick<LogConfig, 'format' | 'level'>, write: (logger: Logger) => void) {
  const streams = { out: '', err: '' };
  const sinks = {
    out: { write: (line: string) => (streams.out += line) },
    err: { write: (line: string) => (streams.err += line) },
  };
  write(createLogger({ ...config, sinks, now: () => NOW }));
  return streams;
}

function everySeverity(logger: Logger): void {
  logger.debug('one');
  logger.info('two');
  logger.warn('three');
  logger.error('four');
}

function errorWithHint(logger: Logger): void {
  logger.error('broken', { hint: 'mend it', instance: 'p.r.c.i' });
}

/** What is left of each line without its timestamp. */
function messagesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.replace('2026/01/02 03:04:05 ', '')]));
}

test('createLogger writes text lines with the local time in front, errors and warnings to standard error', () => {
  assert.deepEqual(logged({ format: 'text', level: 'debug' }, everySeverity), {
    out: '2026/01/02 03:04:05 one\n2026/01/02 03:04:05 two\n',
    err: '2026/01/02 03:04:05 three\n2026/01/02 03:04:05 four\n',
  });
});

test('createLogger writes LogEntry lines, errors and warnings to standard error', () => {
  const { out, err } = logged({ format: 'json', level: 'debug' }, everySeverity);
  const entries = `${out}${err}`.trimEnd().split('\n');
  const timestamp = NOW.toISOString();
  assert.deepEqual(
    entries.map((line): unknown => JSON.parse(line)),
    [
      { severity: 'DEBUG', timestamp, message: 'one' },
      { severity: 'INFO', timestamp, message: 'two' },
      { severity: 'WARNING', timestamp, message: 'three' },
      { severity: 'ERROR', timestamp, message: 'four' },
    ],
  );
  assert.equal(out.trimEnd().split('\n').length, 2);
});

test('createLogger leaves debug entries out at level info', () => {
  const { out, err } = logged({ format: 'text', level: 'info' }, everySeverity);
  assert.deepEqual(messagesOf(out + err), ['two', 'three', 'four']);
  assert.doesNotMatch(logged({ format: 'json', level: 'info' }, everySeverity).out, /DEBUG/);
});

test('createLogger writes errors alone at level error, in both formats (W18)', () => {
  const text = logged({ format: 'text', level: 'error' }, everySeverity);
  assert.deepEqual([text.out, messagesOf(text.err)], ['', ['four']]);
  const json = logged({ format: 'json', level: 'error' }, everySeverity);
  assert.equal(json.out, '');
  assert.partialDeepStrictEqual(JSON.parse(json.err), { severity: 'ERROR', message: 'four' });
});

test('createLogger adds the hint as a line of text, or as a member of the entry', () => {
  assert.deepEqual(messagesOf(logged({ format: 'text', level: 'info' }, errorWithHint).err), [
    'broken',
    'hint: mend it',
  ]);
  assert.partialDeepStrictEqual(JSON.parse(logged({ format: 'json', level: 'info' }, errorWithHint).err), {
    message: 'broken',
    hint: 'mend it',
    instance: 'p.r.c.i',
  });
});

test('createLogger keeps a message with newlines and escape sequences on one line', () => {
  const message = 'a\nb\r\n\u001b[31mc\u2028d\te';
  const write = (logger: Logger) => logger.info(message);
  assert.deepEqual(messagesOf(logged({ format: 'text', level: 'info' }, write).out), [
    'a\\nb\\r\\n\\u001b[31mc\\u2028d\te',
  ]);
  const { out } = logged({ format: 'json', level: 'info' }, write);
  assert.equal(out.indexOf('\n'), out.length - 1);
  assert.partialDeepStrictEqual(JSON.parse(out), { message });
});
