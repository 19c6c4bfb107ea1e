// How the program that is running would be started again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownProgram } from './own-program.ts';

test('ownProgram is Node with its flags and the script', () => {
  const argv = ['/usr/bin/node', '/opt/proxy/main.js', 'service', 'install'];
  const program = ownProgram({ execPath: '/usr/bin/node', execArgv: ['--conditions=x'], argv });
  assert.deepEqual(program, ['/usr/bin/node', '--conditions=x', '/opt/proxy/main.js']);
});

test('ownProgram is the executable alone where the script lies inside it', () => {
  const argv = ['bun', '/$bunfs/root/main.js', 'service'];
  assert.deepEqual(ownProgram({ execPath: '/usr/bin/proxy', execArgv: [], argv }), ['/usr/bin/proxy']);
});
