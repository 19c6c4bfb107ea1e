// The config file of a service as a round trip: what is read back is what was asked for.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FLAGS } from '../cli/flags.ts';
import { parseArgs } from '../cli/parse-args.ts';
import { readConfiguration } from '../config/configuration.ts';
import { readConfigFile } from '../config/file.ts';
import { describeSettings } from './describe-service.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const printable = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const path = printable.map((text) => `/srv/${text.replaceAll('\0', '0')}`);
const duration = fc.nat({ max: 10_000_000 }).map((ms) => `${ms}ms`);

const flag = <Value>(name: string, values: fc.Arbitrary<Value>) =>
  values.map((value) => [`--${name}=${String(value)}`]);
const maybe = (arbitrary: fc.Arbitrary<readonly string[]>) => fc.oneof(fc.constant([]), arbitrary);

const flags = fc
  .tuple(
    maybe(fc.oneof(flag('credentials-file', path), flag('token-file', path), flag('token-command', printable))),
    maybe(flag('user-agent', printable)),
    maybe(flag('quota-project', printable)),
    maybe(flag('max-sigterm-delay', duration)),
    maybe(flag('keepalive', duration)),
    maybe(
      flag(
        'dial-timeout',
        fc.integer({ min: 1, max: 1_000_000 }).map((ms) => `${ms}ms`),
      ),
    ),
    maybe(flag('max-connections', fc.nat())),
    maybe(flag('address', fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()))),
    maybe(flag('unix-socket-mode', fc.constantFrom('0600', '660', '777'))),
    maybe(flag('impersonate-service-account', fc.array(word, { minLength: 1, maxLength: 3 }).map(String))),
    maybe(flag('allow-from', fc.constantFrom('10.0.0.0/8', '127.0.0.1,::1'))),
    maybe(flag('log-level', fc.constantFrom('debug', 'info', 'warn', 'error'))),
    maybe(fc.constantFrom(['--health-check', '--http-port=0'], ['--quitquitquit'], ['--auto-iam-authn=false'], ['-i'])),
    maybe(fc.constantFrom(['--psc'], ['--public-ip'], ['--auto-ip'])),
  )
  .map((parts) => parts.flat());

const instance = fc
  .tuple(
    fc.tuple(word, word, word, word),
    fc.dictionary(fc.constantFrom('auto-iam-authn', 'max-connections', 'dial-address'), fc.constantFrom('1', '20')),
  )
  .map(([[project, region, cluster, name], parameters]) => {
    const query = new URLSearchParams(parameters);
    if (query.has('auto-iam-authn')) query.set('auto-iam-authn', query.get('auto-iam-authn') === '1' ? 'true' : 'f');
    if (query.has('dial-address')) query.set('dial-address', `bastion:${query.get('dial-address')}`);
    return `projects/${project}/locations/${region}/clusters/${cluster}/instances/${name}?${query.toString()}`;
  });

test('the config file of a service is read back as the same configuration', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'service-config-'));
  const file = join(folder, 'proxy.toml');
  try {
    await fc.assert(
      fc.asyncProperty(flags, fc.array(instance, { minLength: 1, maxLength: 4 }), async (given, instances) => {
        const args = parseArgs(FLAGS, [...given, ...instances]);
        const { configText, config } = await describeSettings({ args, folder: '/' });
        writeFileSync(file, configText);
        const layer = await readConfigFile(file);
        const read = readConfiguration({ args: parseArgs(FLAGS, []), env: {}, file: layer });
        assert.deepEqual(read.config, config);
        const fresh = readConfiguration({ args, env: {} });
        assert.deepEqual(fresh.config, config, 'absolute paths stay as they are');
        for (const [name, { value }] of Object.entries(fresh.merged.settings)) {
          const back = Object.entries(read.merged.settings).find(([each]) => each === name)?.[1].value;
          assert.deepEqual(back, value, name);
        }
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('paths of a service start where it was installed, in flags and in instances', async () => {
  const argv = ['-c', 'key.json', 'projects/p/locations/r/clusters/c/instances/a?unix-socket-path=x/'];
  const { configText } = await describeSettings({ args: parseArgs(FLAGS, argv), folder: '/' });
  assert.match(configText, /^credentials-file = "\/key\.json"$/m);
  assert.match(configText, /^unix-socket-path = "\/x"$/m);
});

for (const secret of ['token', 'json-credentials', 'login-token']) {
  test(`a service with --${secret} is refused, and the secret is not repeated`, async () => {
    const argv = [`--${secret}`, '{"s3cret":1}', 'projects/p/locations/r/clusters/c/instances/a'];
    await assert.rejects(describeSettings({ args: parseArgs(FLAGS, argv), folder: '/' }), (error: Error) => {
      assert.match(error.message, new RegExp(`cannot be installed with --${secret}`));
      assert.doesNotMatch(JSON.stringify(error), /s3cret/);
      return true;
    });
  });
}
