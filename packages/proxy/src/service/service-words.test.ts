// Command lines of `service`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICE_FLAGS } from '../cli/command-flags.ts';
import { parseArgs } from '../cli/parse-args.ts';
import { readServiceWords } from './service-words.ts';

const read = (line: string) => readServiceWords(parseArgs(SERVICE_FLAGS, line.split(' ').filter(Boolean)));

test("readServiceWords leaves what stands behind '--' to the proxy", () => {
  const { action, name, proxyArgv } = read('install --name db -- -p 6000 --psc projects/p --');
  assert.deepEqual(
    { action, name, proxyArgv },
    { action: 'install', name: 'db', proxyArgv: ['-p', '6000', '--psc', 'projects/p', '--'] },
  );
});

test('readServiceWords takes a unit without an ending for a service', () => {
  assert.equal(read('install --part-of app').partOf, 'app.service');
  assert.equal(read('install --part-of app.target').partOf, 'app.target');
});

const REFUSED: readonly (readonly [line: string, message: RegExp, hint: RegExp])[] = [
  ['', /needs a word/, /install, uninstall/],
  ['statsu', /cannot "statsu"/, /did you mean status/],
  ['install -p 6000 projects/p', /unknown flag -p/, /go behind "--"/],
  ['install projects/p', /"projects\/p" stands before "--"/, /go behind it/],
  ['stop -- -p 6000', /service stop takes no flags of the proxy/, /when it is installed/],
  ['install --name a/b', /invalid value "a\/b" for --name/, /--name app/],
  ['install --name=-x', /invalid value "-x" for --name/, /--name app/],
  ['install --part-of a;b', /invalid value "a;b" for --part-of/, /--part-of app/],
  ['install --manager openrc', /openrc/, /systemd/],
];

for (const [line, message, hint] of REFUSED) {
  test(`readServiceWords refuses "${line}"`, () => {
    assert.throws(
      () => read(line),
      (error: Error & { hint?: string }) => {
        assert.match(error.message, message);
        assert.match(error.hint ?? '', hint);
        return true;
      },
    );
  });
}
