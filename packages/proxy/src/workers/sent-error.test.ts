// Errors that cross from one process to another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from 'alloydb-connector';
import { receiveError, type SentError, sendError } from './sent-error.ts';

function overTheChannel(error: unknown): Error {
  return receiveError(JSON.parse(JSON.stringify(sendError(error))) as SentError);
}

test('receiveError makes an error that is told by its code again, with its hint', () => {
  const sent = new ConnectorError('ADMIN_API_PERMISSION_DENIED', 'denied', {
    hint: 'grant it',
    instance: 'projects/p',
  });
  const received = overTheChannel(sent);
  assert.ok(received instanceof ConnectorError);
  const { code, message, hint, instance } = received;
  assert.deepEqual(
    { code, message, hint, instance },
    { code: 'ADMIN_API_PERMISSION_DENIED', message: 'denied', hint: 'grant it', instance: 'projects/p' },
  );
});

test('receiveError makes a plain error of what is no error of the connector', () => {
  for (const error of [new TypeError('broken'), 'broken']) {
    const received = overTheChannel(error);
    assert.deepEqual([received.constructor, received.message], [Error, 'broken']);
  }
  assert.ok(
    !(receiveError({ message: 'm', code: 'toString', hint: undefined, instance: undefined }) instanceof ConnectorError),
  );
});
