// Events that go from one process to another as JSON.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from 'alloydb-connector';
import { receiveEvent, sendEvent } from './sent-event.ts';

function overTheChannel(event: object): object {
  return receiveEvent(JSON.parse(JSON.stringify(sendEvent(event))) as object);
}

test('An event arrives with its error as one, and without what only its own process can call', () => {
  const error = new ConnectorError('DIAL_TIMEOUT', 'too late', { hint: 'look at the route' });
  const arrived = overTheChannel({ at: 'failed', id: 7, error, durationMs: 3 }) as { readonly error?: unknown };
  assert.ok(arrived.error instanceof ConnectorError, 'told by its class');
  assert.equal(arrived.error.code, 'DIAL_TIMEOUT');
  assert.deepEqual({ ...arrived, error: undefined }, { at: 'failed', id: 7, error: undefined, durationMs: 3 });
  assert.deepEqual(overTheChannel({ at: 'connected', id: 7, traffic: () => 1 }), {
    at: 'connected',
    id: 7,
    error: undefined,
  });
});

test('An event whose error is undefined arrives without one', () => {
  assert.deepEqual(overTheChannel({ at: 'closed', id: 7, error: undefined }), {
    at: 'closed',
    id: 7,
    error: undefined,
  });
});
