// The examples of docs/configuration.md are config files, and mean what the page says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseInstanceArgument } from '../instance-args.ts';
import { formatTarget } from '../instance-target.ts';
import { ConfigFile } from './config-file.ts';
import { readDocument } from './document.ts';
import { formatOf } from './formats.ts';

const page = readFileSync(new URL('../../../../../docs/configuration.md', import.meta.url), 'utf8');

const CLUSTER = 'projects/my-project/locations/us-central1/clusters/my-cluster';

for (const extension of ['toml', 'yaml', 'json']) {
  test(`docs/configuration.md shows a config file in .${extension} like the others`, async () => {
    const [, example] = new RegExp(`^\`\`\`${extension}\\n(.*?)^\`\`\``, 'ms').exec(page) ?? [];
    const format = formatOf(`proxy.${extension}`);
    assert(example !== undefined && format !== undefined);
    const file = new ConfigFile(`proxy.${extension}`, format);
    const { settings, instances } = await readDocument(example, file);
    assert.deepEqual(file.mistakesInOrder(), []);
    assert.deepEqual(Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value])), {
      port: 6000,
      'max-sigterm-delay': 30_000,
      'allow-from': ['127.0.0.1', '10.0.0.0/8'],
      quiet: true,
    });
    assert.deepEqual(
      instances.map(parseInstanceArgument).map(({ target, choices }) => ({ uri: formatTarget(target), choices })),
      [
        { uri: `${CLUSTER}/instances/primary`, choices: { 'auto-iam-authn': true } },
        { uri: `${CLUSTER}/instances/pool`, choices: { port: 6100, psc: true } },
      ],
    );
  });
}
