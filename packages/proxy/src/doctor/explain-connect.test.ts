import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimeLimitError } from 'alloydb-connector/probe';
import { explainConnect } from './explain-connect.ts';

const target = {
  place: '10.0.0.5:5433',
  timedOut: 'open the firewall',
  refused: 'start it',
  unreachable: 'add a route',
  nameUnknown: 'add a record',
};

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.5:5433`), { code });
}

const cases = [
  { error: new TimeLimitError(5_000), reason: /dropped on the way/, fix: 'open the firewall' },
  { error: systemError('ETIMEDOUT'), reason: /dropped on the way/, fix: 'open the firewall' },
  { error: systemError('ECONNREFUSED'), reason: /refuses connections/, fix: 'start it' },
  { error: systemError('EHOSTUNREACH'), reason: /no route to host/, fix: 'add a route' },
  { error: systemError('ENETUNREACH'), reason: /network is unreachable/, fix: 'add a route' },
  { error: systemError('ENOTFOUND'), reason: /no such host/, fix: 'add a record' },
  { error: systemError('EAI_AGAIN'), reason: /name server did not answer/, fix: 'add a record' },
];

test('explainConnect says what a failure means and what to do, however deep the cause lies', () => {
  for (const { error, reason, fix } of cases) {
    for (const given of [error, new Error('outer', { cause: error }), new AggregateError([error])]) {
      const explained = explainConnect(given, target);
      assert.match(explained.reason, reason);
      assert.equal(explained.fix, fix);
    }
  }
});

test('explainConnect says both where the runtime does not tell a refusal from a missing route', () => {
  const explained = explainConnect(systemError('ECONNREFUSED'), target, false);
  assert.match(explained.reason, /refuses connections, or cannot be reached/);
  assert.equal(explained.fix, 'start it; or add a route');
});

test('explainConnect points at clock and inspection for a certificate that is not trusted', () => {
  const explained = explainConnect(systemError('SELF_SIGNED_CERT_IN_CHAIN'), target);
  assert.match(explained.reason, /certificate that is not trusted/);
  assert.match(explained.fix, /NODE_EXTRA_CA_CERTS/);
});

test('explainConnect repeats what it does not know', () => {
  assert.match(explainConnect(new Error('strange'), target).reason, /10\.0\.0\.5:5433 cannot be reached: strange/);
});
