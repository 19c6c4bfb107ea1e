// What a client and the log are told when there is no place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitRefusal, slotAdmission } from './slot-admission.ts';
import type { SlotLimit } from './slots.ts';

function refusedBy(by: SlotLimit, waitedMs = 0) {
  const admission = slotAdmission({ kind: 'refused', by, limit: 7, waitedMs });
  assert.ok(admission.kind === 'refused');
  return { text: admission.text, reason: admission.reason, error: admission.error.toString() };
}

const giveBack = (): void => undefined;

test('slotAdmission refuses with 53300 and names the limit that stood in the way', () => {
  const program = refusedBy('program');
  assert.equal(program.text, 'max connections (7) exceeded, refusing new connection');
  assert.match(
    program.error,
    /C53300\0Malloydb-auth-proxy: max connections \(7\) exceeded\0H.*raise --max-connections/,
  );
  assert.match(refusedBy('instance').text, /^max connections \(7\) of the instance exceeded/);
  assert.match(refusedBy('descriptors').text, /limit of open files leaves room for 7 connections/);
  assert.match(refusedBy('descriptors').error, /H.*ulimit -n/);
  const reasons = [program.reason, refusedBy('instance').reason, refusedBy('descriptors').reason];
  assert.deepEqual(reasons, ['max-connections', 'max-connections', 'open-files']);
});

test('limitRefusal names the limit for whoever probes the proxy', () => {
  assert.equal(limitRefusal({ by: 'program', limit: 7 }).what, 'max connections (7) exceeded');
  assert.match(limitRefusal({ by: 'descriptors', limit: 7 }).what, /^the limit of open files leaves room for 7/);
});

test('slotAdmission says how long a client has waited', () => {
  assert.match(refusedBy('program', 1500).text, /^max connections \(7\) exceeded for 1.5 s,/);
});

test('slotAdmission hands a taken place on', () => {
  assert.deepEqual(slotAdmission({ kind: 'taken', giveBack }), { kind: 'admitted', giveBack });
});
