// Command lines of `setup`: what they ask for, and what is refused.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../cli/usage-error.ts';
import { readSetupWords } from './setup-words.ts';

test('setup service-account asks for a client role and a key named after the account', () => {
  assert.deepEqual(readSetupWords(['service-account', '--project', 'my-project']).task, {
    is: 'make',
    account: {
      project: 'my-project',
      name: 'alloydb-proxy',
      email: 'alloydb-proxy@my-project.iam.gserviceaccount.com',
    },
    roles: ['roles/alloydb.client', 'roles/serviceusage.serviceUsageConsumer'],
    keyFile: resolve('alloydb-proxy.json'),
    force: false,
  });
});

test('setup knows the addresses of accounts in projects of a domain', () => {
  const { task } = readSetupWords(['service-account', '--project=example.com:app', '--no-key', '--role=admin']);
  assert(task.is === 'make');
  assert.equal(task.account.email, 'alloydb-proxy@app.example.com.iam.gserviceaccount.com');
  assert.equal(task.keyFile, undefined);
  assert.equal(task.roles[0], 'roles/alloydb.admin');
});

const mistakes: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
  [[], /^setup needs to know what to do; write it like alloydb-auth-proxy setup service-account --project PROJECT/],
  [['service-acount'], /^unknown word "service-acount" behind setup; did you mean "service-account"\?$/],
  [['service-account'], /^setup service-account needs to know the project; .*gcloud projects list$/],
  [['service-account', '--project=123'], /^"123" is the number of a project.*gcloud projects describe 123/],
  [['service-account', '--project=a b'], /^invalid value "a b" for --project/],
  [['service-account', '--project=p', '--name=short'], /^invalid value "short" for --name: expected 6 to 30/],
  [['service-account', '--project=p', '--role=owner'], /^invalid value "owner" for --role/],
  [['service-account', '--project=p', '--no-key', '--key-file=k'], /^--no-key and --key-file cannot be used together/],
  [['service-account', '--project=p', '--undo', '--force'], /^--undo and --force cannot be used together/],
  [['service-account', '--project=p', '--format=json'], /^--format json asks nothing; add --yes, or --dry-run/],
  [['rotate-key'], /^setup rotate-key needs to know which key; name its file: .* --key-file PATH$/],
  [['rotate-key', '--key-file=k', '--project=p'], /^setup rotate-key takes no --project; remove --project$/],
];

for (const [argv, message] of mistakes) {
  test(`setup ${argv.join(' ')} is refused`, () => {
    assert.throws(
      () => readSetupWords(argv),
      (error) => {
        assert(error instanceof UsageError);
        assert.match(`${error.message}; ${error.hint}`, message);
        return true;
      },
    );
  });
}
