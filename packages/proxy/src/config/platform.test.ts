// Settings of Unix on Windows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAGS } from '../cli/flags.ts';
import { parseArgs } from '../cli/parse-args.ts';
import { mergeLayers } from './sources.ts';
import { refuseForeignSettings } from './platform.ts';

function settingsOf(...argv: readonly string[]) {
  return mergeLayers([{ settings: parseArgs(FLAGS, argv).given, instances: [] }]).settings;
}

test('refuseForeignSettings names what Windows does not have, and lets everything else pass', () => {
  for (const argv of [['-u', 'x'], ['--unix-socket-mode=0660'], ['--unix-socket-group', 'x']]) {
    assert.throws(() => refuseForeignSettings(settingsOf(...argv), 'win32'), {
      name: 'UsageError',
      message: /^--unix-socket(-mode|-group)? is not supported on Windows$/,
      hint: /--port/,
    });
    refuseForeignSettings(settingsOf(...argv), 'linux');
  }
  refuseForeignSettings(settingsOf('-p', '6000'), 'win32');
});

test('refuseForeignSettings says that --fuse is not supported where there is no FUSE of Linux', () => {
  for (const platform of ['darwin', 'win32'] as const) {
    assert.throws(() => refuseForeignSettings(settingsOf('--fuse', 'x'), platform), {
      name: 'UsageError',
      message: '--fuse is not supported: it needs the FUSE of Linux',
      hint: /on Linux/,
    });
  }
  refuseForeignSettings(settingsOf('--fuse', 'x'), 'linux');
});
