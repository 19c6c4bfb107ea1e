import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Check, type CheckResult, fail, type Finding, pass, skip, warn } from './check.ts';
import { runChecks } from './run-checks.ts';

function check<Value>(id: string, needs: readonly Check[], find: Check<Value>['run'], limitMs?: number): Check<Value> {
  return { id, title: id, needs, run: find, ...(limitMs === undefined ? {} : { limitMs }) };
}

function finds<Value>(id: string, finding: Finding<Value>, needs: readonly Check[] = []): Check<Value> {
  return check(id, needs, async () => finding);
}

async function run(checks: readonly Check[], limitMs = 10_000): Promise<readonly CheckResult[]> {
  return runChecks(checks, { limitMs, onResult: () => undefined });
}

function told(results: readonly CheckResult[]): readonly string[] {
  return results.map(({ id, status, evidence }) => `${id} ${status}: ${evidence}`);
}

test('runChecks leaves out what needs a check that has failed, and names the first cause however long the chain', async () => {
  const first = finds('first', fail('no way'));
  const second = finds('second', pass('never run'), [first]);
  const third = finds('third', pass('never run'), [second]);
  assert.deepEqual(told(await run([first, second, third])), [
    'first fail: no way',
    'second skip: because "first" failed',
    'third skip: because "first" failed',
  ]);
});

test('runChecks goes on behind a warning, and hands over what was found', async () => {
  const first: Check<number> = finds('first', { status: 'warn', evidence: 'slow', value: 7 });
  const second = check('second', [first], async ({ from }) => pass(`got ${from(first)}`));
  assert.deepEqual(told(await run([first, second])), ['first warn: slow', 'second pass: got 7']);
});

test('runChecks leaves out what needs a check that had nothing to check', async () => {
  const first = finds('first', skip('not asked for'));
  const second = finds('second', pass('never run'), [first]);
  assert.deepEqual(told(await run([first, second])), [
    'first skip: not asked for',
    'second skip: because "first" was left out',
  ]);
});

test('A failure whose suspect has failed is told as its consequence, whichever of them stands first', async () => {
  const clock = finds('clock', fail('an hour behind'));
  const permissions = finds('permissions', pass('all there'));
  const token = finds('token', fail('refused', 'make a key', [permissions, clock]));
  const login = finds('login', pass('never run'), [token]);
  assert.deepEqual(told(await run([token, login, clock, permissions])), [
    'token skip: because "clock" failed',
    'login skip: because "clock" failed',
    'clock fail: an hour behind',
    'permissions pass: all there',
  ]);
});

test('A failure whose suspects have passed stays one', async () => {
  const clock = finds('clock', warn('a minute behind'));
  const token = finds('token', fail('refused', undefined, [clock]));
  assert.deepEqual(told(await run([clock, token])), ['clock warn: a minute behind', 'token fail: refused']);
});

test('A check that throws has failed in the words of its error, with the hint as the fix', async () => {
  const broken = check('broken', [], () =>
    Promise.reject(Object.assign(new Error('Cannot read the key'), { hint: 'chmod it' })),
  );
  const [result] = await run([broken]);
  assert.deepEqual([result?.evidence, result?.fix], ['cannot read the key', 'chmod it']);
});

test('A check that never answers has failed after its own limit, and the others are not kept by it', async () => {
  const stuck = check('stuck', [], () => new Promise<never>(() => undefined), 10);
  const behind = finds('behind', pass('never run'), [stuck]);
  const other = finds('other', pass('fine'));
  assert.deepEqual(told(await run([stuck, behind, other])), [
    'stuck fail: no answer within 0 s',
    'behind skip: because "stuck" failed',
    'other pass: fine',
  ]);
});

test('When the time for all of them is over, what is under way has failed and nothing waits any longer', async () => {
  const stuck = check('stuck', [], () => new Promise<never>(() => undefined));
  const behind = finds('behind', pass('never run'), [stuck]);
  assert.deepEqual(told(await run([stuck, behind], 10)), [
    'stuck fail: not finished within the 0 s that all checks have together',
    'behind skip: because "stuck" failed',
  ]);
});

test('Results are told in the order of the checks, each only once those before it are there', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const order: string[] = [];
  const late = check('late', [], async () => {
    await promise;
    return pass('late');
  });
  const early = check('early', [], async () => {
    resolve();
    return pass('early');
  });
  await runChecks([late, early], { limitMs: 10_000, onResult: ({ id }) => order.push(id) });
  assert.deepEqual(order, ['late', 'early']);
});
