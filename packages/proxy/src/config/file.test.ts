// Config files in their three formats, and everything that can be wrong with one.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readConfigFile } from './file.ts';
import { parseInstanceArgument } from './instance-args.ts';

const A = 'projects/p/locations/r/clusters/c/instances/a';
const B = 'projects/p/locations/r/clusters/c/instances/b';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-file-'));
});
after(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array) {
  await writeFile(join(folder, name), content);
  return readConfigFile(join(folder, name));
}

/** Settings by name, without where they come from. */
async function settingsOf(name: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const { settings, mistakes } = await read(name, text);
  assert.deepEqual(mistakes, []);
  return Object.fromEntries(Object.entries(settings).map(([flag, { value }]) => [flag, value]));
}

async function instancesOf(name: string, text: string) {
  const { instances, mistakes } = await read(name, text);
  assert.deepEqual(mistakes, []);
  return instances.map((instance) => {
    const { target, choices } = parseInstanceArgument(instance);
    return { name: target.kind === 'domain' ? target.domain : target.uri.instance, ...choices };
  });
}

/** Message and hint of each mistake, the temporary folder taken out. */
async function mistakesOf(name: string, content: string | Uint8Array): Promise<readonly string[]> {
  const { mistakes } = await read(name, content);
  return mistakes.map(({ message, hint }) => `${message}; ${hint}`.replaceAll(join(folder, '/'), ''));
}

const EXPECTED = {
  address: 'localhost',
  port: 5433,
  quiet: true,
  'max-sigterm-delay': 90_000,
  'unix-socket-mode': 0o660,
  'allow-from': ['10.0.0.0/8', '192.0.2.7', '::1'],
  'quota-project': '123',
};

const TYPED = {
  toml: `address = "localhost"\nport = 5433\nquiet = true\nmax-sigterm-delay = "1m30s"\nunix-socket-mode = "0660"
allow-from = ["10.0.0.0/8", "192.0.2.7,::1"]\nquota-project = 123\n`,
  yaml: `address: localhost\nport: 5433\nquiet: true\nmax-sigterm-delay: 1m30s\nunix-socket-mode: 0660
allow-from: [10.0.0.0/8, '192.0.2.7,::1']\nquota-project: 123\n`,
  json: `{"address": "localhost", "port": 5433, "quiet": true, "max-sigterm-delay": "1m30s", "unix-socket-mode": "0660",
"allow-from": ["10.0.0.0/8", "192.0.2.7,::1"], "quota-project": 123}`,
};

for (const [extension, text] of Object.entries(TYPED)) {
  test(`readConfigFile reads .${extension} with values of the format's own types`, async () => {
    assert.deepEqual(await settingsOf(`a.${extension}`, text), EXPECTED);
  });

  test(`readConfigFile reads .${extension} with CRLF and a byte order mark`, async () => {
    assert.deepEqual(await settingsOf(`a.${extension}`, `\ufeff${text.replaceAll('\n', '\r\n')}`), EXPECTED);
  });
}

test('readConfigFile takes text wherever a flag would take it, and keys in any letter case', async () => {
  const text = 'PORT = "5555"\nPsc = "T"\nallow-from = "a, b"\nhttp-port = 1';
  assert.deepEqual(await settingsOf('a.TOML', text), {
    port: 5555,
    psc: true,
    'allow-from': ['a', 'b'],
    'http-port': 1,
  });
});

test('readConfigFile keeps the place of each setting', async () => {
  const { settings } = await read('a.yml', '# first\nPort: 1\n');
  assert.deepEqual(settings.port?.source, { from: 'file', path: join(folder, 'a.yml'), key: 'Port', line: 2 });
});

for (const [name, text] of [
  ['a.toml', ''],
  ['a.toml', '# nothing'],
  ['a.yaml', ''],
  ['a.json', '{}'],
] as const) {
  test(`readConfigFile finds no settings in ${name} with ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await read(name, text), { settings: {}, instances: [], mistakes: [], notices: [] });
  });
}

const INSTANCES = {
  toml: `[[instances]]\nURI = "${A}"\nport = 5433\nauto-iam-authn = true\n[[instances]]\nuri = "${B}?psc=true"`,
  yaml: `instances:\n- uri: ${A}\n  Port: 5433\n  auto-iam-authn: "1"\n- ${B}?psc=t\n`,
  json: `{"instances": [{"uri": "${A}", "port": "5433", "auto-iam-authn": "tRuE"}, "${B}?psc"]}`,
};

for (const [extension, text] of Object.entries(INSTANCES)) {
  test(`readConfigFile reads a list of instances from .${extension}`, async () => {
    assert.deepEqual(await instancesOf(`a.${extension}`, text), [
      { name: 'a', port: 5433, 'auto-iam-authn': true },
      { name: 'b', psc: true },
    ]);
  });
}

test('readConfigFile reads merged instances', async () => {
  const text = `instances:\n- &a {uri: "${A}", psc: true, port: 1}\n- <<: *a\n  uri: ${B}\n  port: 2\n`;
  assert.deepEqual(await instancesOf('a.yaml', text), [
    { name: 'a', psc: true, port: 1 },
    { name: 'b', psc: true, port: 2 },
  ]);
});

test('readConfigFile reads instance-uri, or numbered ones up from 0', async () => {
  assert.deepEqual(await instancesOf('a.toml', `Instance-URI = "${A}?port=7"`), [{ name: 'a', port: 7 }]);
  const numbered = `instance-uri-1 = "${B}"\ninstance-uri-0 = "${A}"`;
  assert.deepEqual(await instancesOf('a.toml', numbered), [{ name: 'a' }, { name: 'b' }]);
});

test('readConfigFile prefers instance-uri to numbered ones, with a notice', async () => {
  const { instances, notices } = await read('a.toml', `instance-uri-0 = "${B}"\ninstance-uri = "${A}"`);
  assert.deepEqual(
    instances.map(({ value }) => value),
    [A],
  );
  assert.deepEqual(notices, [`ignoring instance-uri-0 of ${join(folder, 'a.toml')}: instance-uri is set`]);
});

test('readConfigFile refuses a name that tells no format', async () => {
  const hint = 'its name must end in .toml, .yaml, .yml or .json';
  for (const name of ['a.ini', 'toml']) {
    assert.deepEqual(await mistakesOf(name, ''), [`cannot tell the format of the config file ${name}; ${hint}`]);
  }
});

test('readConfigFile tells all mistakes, in the order of the file', async () => {
  assert.deepEqual(await mistakesOf('a.toml', `instance-uri = "x"\nprot = 1\ntoken = ""\nPROT = 2`), [
    'a.toml:1: cannot read the instance URI "x": it does not have the four parts of an AlloyDB instance URI; write it as projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
    'a.toml:2: unknown key "prot"; did you mean port?',
    'a.toml:3: the value of token is empty; write it like token = "TOKEN", or leave it out',
    'a.toml:4: PROT is set twice, first in line 2 as prot; keep one of them: letter case makes no difference',
  ]);
});

test('readConfigFile refuses text in another encoding than UTF-8', async () => {
  for (const content of [Buffer.from('\ufeffport = 1', 'utf16le'), Buffer.from('address = "\xe9"', 'latin1')]) {
    assert.deepEqual(await mistakesOf('a.toml', content), [
      'a.toml is not text in UTF-8; save it again with the encoding UTF-8',
    ]);
  }
});

test('readConfigFile refuses a file of a size that no config file has', async () => {
  assert.deepEqual(await mistakesOf('a.toml', '#'.repeat(2 ** 20 + 1)), [
    'the config file a.toml is larger than 1 MiB; check that the path is the right one',
  ]);
  assert.deepEqual(await mistakesOf('a.toml', '#'.repeat(2 ** 20)), []);
});

test('readConfigFile says why a file cannot be read', async () => {
  await mkdir(join(folder, 'folder.toml'));
  await writeFile(join(folder, 'b.toml'), '');
  for (const [name, expected] of [
    ['none.toml', 'no such file; check the path; a relative one starts at the working directory'],
    ['folder.toml', 'it is a folder; name a file in it'],
    ['b.toml/a.toml', 'no such file; check the path; a part of it is a file, not a folder'],
  ] as const) {
    const { mistakes } = await readConfigFile(join(folder, name));
    assert.deepEqual(
      mistakes.map(({ message, hint }) => `${message}; ${hint}`),
      [`cannot read the config file ${join(folder, name)}: ${expected}`],
    );
  }
});
