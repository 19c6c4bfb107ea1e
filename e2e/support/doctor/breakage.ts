// One thing that can be wrong: how it comes about, what the doctor calls it, and how what it prints mends it.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { complaints, type Examination, examine } from './examination.ts';
import { openWard, type Patient, type Run, type Ward } from './patient.ts';
import { carryOut } from './printed-commands.ts';

export interface Breakage {
  /** Reads on behind "doctor names". */
  readonly what: string;
  /** The check that has to be the only one to complain. */
  readonly check: string;
  /** Default `fail`. */
  readonly status?: 'warn';
  readonly says: RegExp;
  /** What has to be in the fix. */
  readonly fix: RegExp;
  readonly skip?: string | false;
  readonly break: (patient: Patient, undo: AsyncDisposableStack) => Run | Promise<Run>;
  /**
   * Does what the fix says, and returns the run that is to find nothing, if it is another. Default: carries out the commands in
   * the fix. What it starts goes onto the stack.
   */
  readonly mend?: (
    patient: Patient,
    fix: string,
    undo: AsyncDisposableStack,
  ) => Run | undefined | Promise<Run | undefined>;
}

/** Each is broken and mended for somebody of their own, several at a time. */
export function testBreakages(title: string, breakages: readonly Breakage[]): void {
  suite(title, { concurrency: 3 }, () => {
    let ward: Ward;
    before(async () => {
      ward = await openWard(breakages.length);
    });
    after(() => ward[Symbol.asyncDispose]());

    for (const breakage of breakages) {
      const { what, skip = false } = breakage;
      test(`doctor names ${what}, and its fix turns it green`, { skip }, async () => {
        await breakAndMend(breakage, await ward.admit());
      });
    }
  });
}

async function breakAndMend(breakage: Breakage, patient: Patient): Promise<void> {
  const { check, status = 'fail', says, mend } = breakage;
  await using breaking = new AsyncDisposableStack();
  const broken = await breakage.break(patient, breaking);
  const found = await examine(broken);
  assert.deepEqual(named(found), [`${check} ${status}`], found.text);
  const [complaint] = complaints(found);
  assert.match(complaint?.evidence ?? '', says);
  assert.match(complaint?.fix ?? '', breakage.fix);
  const fix = complaint?.fix ?? '';
  await using mending = new AsyncDisposableStack();
  const mended = mend === undefined ? await carryOut(fix, patient.emulator) : await mend(patient, fix, mending);
  const healthy = await examine(mended ?? broken);
  assert.deepEqual(named(healthy), [], healthy.text);
}

function named(examination: Examination): readonly string[] {
  return complaints(examination).map(({ id, status }) => `${id} ${status}`);
}
