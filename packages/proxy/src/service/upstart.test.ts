// Job files of upstart, read by a small parser of the job format: no machine here runs upstart itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeForTest, type ServiceInTest } from '../../test/service.ts';
import { upstart } from './upstart.ts';

const URI = 'projects/p/locations/r/clusters/c/instances/a';

/** Stanzas of init(5) that take no value, one value, or a command line. */
const STANZAS: { readonly [stanza: string]: RegExp } = {
  description: /^"[^"]*"$/,
  'start on': /^(?:runlevel \[[!S\d]+\]|starting [\w.-]+)$/,
  'stop on': /^(?:runlevel \[[!S\d]+\]|stopped [\w.-]+)$/,
  respawn: /^$/,
  'respawn limit': /^(?:unlimited|\d+ \d+)$/,
  'kill timeout': /^\d+$/,
  'limit nofile': /^(?:\d+|unlimited) (?:\d+|unlimited)$/,
  console: /^(?:log|none|output)$/,
  setuid: /^[\w-]+$/,
  exec: /^\S.*$/,
  'post-stop exec': /^\S.*$/,
};

/** @throws for a line that is no stanza, for a stanza that stands twice, and for quotes that are not closed. */
function parseJob(text: string): ReadonlyMap<string, string> {
  const stanzas = new Map<string, string>();
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const stanza = Object.keys(STANZAS)
      .toSorted((a, b) => b.length - a.length)
      .find((name) => line === name || line.startsWith(`${name} `));
    assert(stanza !== undefined, `unknown stanza: ${line}`);
    const value = line.slice(stanza.length).trim();
    assert.match(value, STANZAS[stanza] ?? /^$/, stanza);
    assert.equal(stanzas.has(stanza), false, `${stanza} stands twice`);
    assert.equal(hasOpenQuote(value), false, `an open quote: ${value}`);
    stanzas.set(stanza, value);
  }
  return stanzas;
}

/** As the shell that upstart gives the line to: within single quotes, nothing but the next one counts. */
function hasOpenQuote(line: string): boolean {
  return line.replace(/'[^']*'|\\./g, '').includes("'");
}

async function job(described: ServiceInTest): Promise<ReadonlyMap<string, string>> {
  const plan = upstart.install(await describeForTest(described));
  const file = plan.files.find(({ path }) => path === '/etc/init/test-proxy.conf');
  return parseJob(file?.text ?? assert.fail('no job file'));
}

test('upstart starts the proxy with the machine, and again whenever it ends', async () => {
  const stanzas = await job({ argv: ['--max-sigterm-delay=1m', URI], user: 'app' });
  assert.equal(stanzas.get('start on'), 'runlevel [2345]');
  assert.equal(stanzas.get('stop on'), 'runlevel [!2345]');
  assert.equal(stanzas.get('respawn'), '');
  assert.equal(stanzas.get('respawn limit'), 'unlimited');
  assert.equal(stanzas.get('kill timeout'), '75');
  assert.equal(stanzas.get('setuid'), 'app');
  assert.equal(stanzas.get('exec'), '/usr/bin/true --config-file /etc/alloydb-auth-proxy/test-proxy.toml');
});

test('upstart starts the proxy before the application that it is part of, and stops it after that', async () => {
  const stanzas = await job({ argv: [URI], partOf: 'app.service' });
  assert.equal(stanzas.get('start on'), 'starting app');
  assert.equal(stanzas.get('stop on'), 'stopped app');
});

test('upstart runs a program whose path its shell would take apart', async () => {
  const stanzas = await job({ argv: [URI], program: ["/opt/it's here/proxy", '$x'] });
  assert.equal(
    stanzas.get('exec')?.startsWith(String.raw`'/opt/it'\''s here/proxy' '$x' --config-file`),
    true,
    stanzas.get('exec'),
  );
});

test('the config of a job belongs to its user, and nobody else may read it', async () => {
  const plan = upstart.install(await describeForTest({ argv: [URI], user: 'app' }));
  const [config] = plan.files;
  assert.deepEqual([config?.mode, config?.owner], [0o600, 'app']);
});
