// Property lists of launchd, linted for their structure: well-formed, known keys, each with a value of its type.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeForTest, type ServiceInTest } from '../../test/service.ts';
import { parseXml, type XmlElement } from '../../test/xml.ts';
import { launchd } from './launchd.ts';

const URI = 'projects/p/locations/r/clusters/c/instances/a';
const HOME = { of: 'user', userId: 501, home: '/Users/me', configHome: '/Users/me/.config' } as const;

/** The keys of launchd.plist(5) that may stand there. */
const KEYS: { readonly [key: string]: readonly string[] } = {
  Label: ['string'],
  ProgramArguments: ['array'],
  UserName: ['string'],
  RunAtLoad: ['true', 'false'],
  KeepAlive: ['true', 'false', 'dict'],
  ThrottleInterval: ['integer'],
  ExitTimeOut: ['integer'],
  SoftResourceLimits: ['dict'],
  HardResourceLimits: ['dict'],
  StandardOutPath: ['string'],
  StandardErrorPath: ['string'],
};

async function agent(described: ServiceInTest): Promise<ReadonlyMap<string, XmlElement>> {
  const plan = launchd.install(await describeForTest(described));
  const file = plan.files.find(({ path }) => path.endsWith('/test-proxy.plist'));
  const plist = parseXml(file?.text ?? assert.fail('no property list'));
  assert.deepEqual([plist.name, plist.attributes['version'], plist.children.length], ['plist', '1.0', 1]);
  const entries = pairs(plist.children[0] ?? assert.fail('it is empty'));
  for (const [key, value] of entries) assert(KEYS[key]?.includes(value.name), `${key} is ${value.name}`);
  return entries;
}

function pairs(dict: XmlElement): ReadonlyMap<string, XmlElement> {
  assert.equal(dict.name, 'dict');
  const found = new Map<string, XmlElement>();
  for (let at = 0; at < dict.children.length; at += 2) {
    const [key, value] = dict.children.slice(at, at + 2);
    assert(key?.name === 'key' && value !== undefined, 'keys and values take turns');
    assert.equal(found.has(key.text), false, `${key.text} stands twice`);
    found.set(key.text, value);
  }
  return found;
}

test('launchd keeps the proxy alive', async () => {
  const entries = await agent({ argv: [URI], program: ['/opt/a & b/<proxy>'], user: 'app' });
  assert.equal(entries.get('KeepAlive')?.name, 'true');
  assert.equal(entries.get('RunAtLoad')?.name, 'true');
  assert.equal(entries.get('UserName')?.text, 'app');
  assert.deepEqual(
    entries.get('ProgramArguments')?.children.map(({ text }) => text),
    ['/opt/a & b/<proxy>', '--config-file', '/etc/alloydb-auth-proxy/test-proxy.toml'],
  );
});

test('launchd has agents of a user in the folders of that user', async () => {
  const service = await describeForTest({ argv: [URI], scope: HOME });
  const plan = launchd.install(service);
  assert.deepEqual(
    plan.files.map(({ path }) => path),
    ['/Users/me/.config/alloydb-auth-proxy/test-proxy.toml', '/Users/me/Library/LaunchAgents/test-proxy.plist'],
  );
  const commands = plan.commands(new Set(['x'])).map(({ argv }) => argv.join(' '));
  assert.deepEqual(commands, [
    'launchctl bootout gui/501/test-proxy',
    'launchctl bootstrap gui/501 /Users/me/Library/LaunchAgents/test-proxy.plist',
  ]);
});

test('launchd stops a service for good by letting it leave', async () => {
  const id = { name: 'p', scope: { of: 'system' } } as const;
  assert.deepEqual(launchd.control('stop', id, [])[0]?.argv, ['launchctl', 'bootout', 'system/p']);
});
