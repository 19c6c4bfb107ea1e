// `list` against the emulator: what is there, what does not answer, and who may see it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProxy } from './support/proxy-process.ts';
import { serviceAccount, type Setting, setUp } from './support/setting.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const pool = 'projects/local/locations/us-central1/clusters/demo/instances/pool';
const abroad = 'projects/local/locations/europe-west1/clusters/other/instances/primary';
const foreign = 'projects/local-2/locations/us-central1/clusters/demo/instances/primary';

function setUpList(): Promise<Setting> {
  return setUp({
    instances: [
      { uri: primary, publicIp: true },
      { uri: pool, type: 'READ_POOL' },
      { uri: abroad, pscDnsName: 'uid.uid.europe-west1.alloydb-psc.goog.', requireConnectors: true },
      foreign,
    ],
  });
}

const asking = ({ keyFile, emulator }: Setting): readonly string[] => [
  'list',
  '--credentials-file',
  keyFile,
  '--alloydbadmin-api-endpoint',
  emulator.apiEndpoint,
];

test('list says exactly which role is missing', async () => {
  await using setting = await setUpList();
  const { exit, stderr, stdout } = await runProxy(asking(setting));
  assert.equal(exit.code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /error: cannot list the instances of project local: /);
  assert.ok(
    stderr.includes(
      `gcloud projects add-iam-policy-binding local --member=serviceAccount:${serviceAccount} --role=roles/alloydb.viewer`,
    ),
    stderr,
  );
});

test("list prints the instances of the credentials' project as table, JSON and URIs", async () => {
  await using setting = await setUpList();
  setting.emulator.grantRole(serviceAccount, 'roles/alloydb.viewer');
  await setting.emulator.setInstanceState({ instance: pool, state: 'STOPPED' });
  const table = await runProxy(asking(setting));
  assert.equal(table.exit.code, 0, table.output);
  assert.match(table.stdout, /^INSTANCE +STATE +TYPE +PRIVATE IP +PUBLIC IP +PSC +CONNECTORS\n/);
  assert.match(table.stdout, /instances\/primary +READY +PRIMARY +127\.\S+ +127\.\S+ +- +-\n/);
  assert.match(table.stdout, /instances\/pool +STOPPED +READ_POOL +127\.\S+ +- +- +-\n/);
  const uris = await runProxy([...asking(setting), '--format=uri']);
  assert.deepEqual(uris.stdout.trimEnd().split('\n').toSorted(), [abroad, pool, primary]);
  const json = await runProxy([...asking(setting), '--format=json', '--project=local-2']);
  assert.partialDeepStrictEqual(JSON.parse(json.stdout), {
    project: 'local-2',
    instances: [{ uri: foreign, state: 'READY', type: 'PRIMARY', publicIp: null, requiresConnectors: false }],
    unreachable: [],
  });
});

test('list prints what it got and exits with 10 when a region does not answer', async () => {
  await using setting = await setUpList();
  setting.emulator.grantRole(serviceAccount, 'roles/alloydb.viewer');
  setting.emulator.setRegionUnreachable('europe-west1');
  const all = await runProxy([...asking(setting), '--format=uri']);
  assert.equal(all.exit.code, 10);
  assert.deepEqual(all.stdout.trimEnd().split('\n').toSorted(), [pool, primary]);
  assert.match(all.stderr, /warning: no answer from europe-west1: the instances there are missing/);
  const near = await runProxy([...asking(setting), '--format=uri', '--region=us-central1']);
  assert.equal(near.exit.code, 0);
  const empty = await runProxy([...asking(setting), '--format=uri', '--project=nothing-here']);
  assert.equal(empty.stdout, '');
});

test('list takes the project of the metadata server, and ALLOYDB_EMULATOR_HOST for all endpoints', async () => {
  await using setting = await setUpList();
  const { host } = new URL(setting.emulator.apiEndpoint);
  const env = { ALLOYDB_EMULATOR_HOST: host, HOME: setting.folder, CLOUDSDK_CONFIG: join(setting.folder, 'gcloud') };
  const { exit, output } = await runProxy(['list'], { env });
  assert.match(output, /EVERYTHING GOES TO THE EMULATOR/);
  assert.match(output, /cannot list the instances of project \S+: /, String(exit.code));
});
