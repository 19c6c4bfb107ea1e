// What commands take over from the flags of the proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIST_FLAGS } from '../cli/command-flags/list.ts';
import { SETUP_FLAGS } from '../cli/command-flags/setup.ts';
import { parseArgs } from '../cli/parse-args.ts';
import { callerOptions } from './caller-options.ts';

test('An emulator on another machine is allowed to setup and list by flag and by variable', () => {
  const args = ['--allow-remote-emulator'];
  for (const { given, mistakes } of [parseArgs(SETUP_FLAGS, args), parseArgs(LIST_FLAGS, args)]) {
    assert.deepEqual(mistakes, []);
    assert.equal(callerOptions(given, {}).allowRemoteEmulator, true);
  }
  assert.equal(callerOptions({}, { ALLOYDB_PROXY_ALLOW_REMOTE_EMULATOR: '1' }).allowRemoteEmulator, true);
  assert.equal(callerOptions({}, {}).allowRemoteEmulator, false);
});
