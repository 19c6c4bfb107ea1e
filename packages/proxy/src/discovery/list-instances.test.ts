// The list over several pages, with what is odd in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInstanceUri } from 'alloydb-connector';
import type { GoogleApiAnswer, GoogleApiCall } from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import { listInstances, type ListOptions } from './list-instances.ts';

const uri = (name: string): string => `projects/p/locations/r/clusters/c/instances/${name}`;
const { signal } = new AbortController();

async function ask(answers: readonly object[], { project, region }: Partial<ListOptions> = {}) {
  const calls: Pick<GoogleApiCall, 'path' | 'query'>[] = [];
  const apis = {
    principal: () => 'ada@example.com',
    project: async () => undefined,
    call: async ({ path, query }: GoogleApiCall): Promise<GoogleApiAnswer> => {
      calls.push({ path, ...(query && { query }) });
      // The fields of an answer that nobody reads here are left out.
      return (answers[calls.length - 1] ?? assert.fail('one call too many')) as GoogleApiAnswer;
    },
  };
  const list = await listInstances(apis, { project, region, signal });
  return { ...list, instances: list.instances.map((each) => formatInstanceUri(each.uri)), calls };
}

const page = (value: object): object => ({ is: 'ok', value, date: undefined });

test('listInstances reads page after page and gathers the regions that do not answer', async () => {
  const list = await ask(
    [
      page({ instances: [{ name: uri('a') }], nextPageToken: 'two', unreachable: ['projects/p/locations/z'] }),
      page({ nextPageToken: 'three' }),
      page({ instances: [{ name: uri('b') }, { name: 'no URI' }, null], unreachable: ['projects/p/locations/z', 'y'] }),
    ],
    { project: 'p' },
  );
  assert.deepEqual(list.instances, [uri('a'), uri('b')]);
  assert.deepEqual(list.unreachable, ['y', 'z']);
  const path = 'v1/projects/p/locations/-/clusters/-/instances';
  assert.deepEqual(list.calls, [
    { path, query: {} },
    { path, query: { pageToken: 'two' } },
    { path, query: { pageToken: 'three' } },
  ]);
});

test('listInstances asks one region, and does not go round in circles', async () => {
  const { calls } = await ask([page({})], { project: 'p', region: 'r' });
  assert.equal(calls[0]?.path, 'v1/projects/p/locations/r/clusters/-/instances');
  const again = page({ nextPageToken: 'same' });
  await assert.rejects(ask([again, again], { project: 'p' }), /repeats a page/);
});

test('listInstances needs a project, and says which role is missing', async () => {
  await assert.rejects(ask([]), (error) => error instanceof CommandError && error.hint.includes('--project PROJECT'));
  await assert.rejects(ask([], { project: 'p/locations/x' }), /cannot list the instances of "p\/locations\/x"/);
  const error = { status: 'PERMISSION_DENIED', message: 'Permission denied.', reason: undefined, metadata: {} };
  await assert.rejects(ask([{ is: 'refused', error }], { project: 'p' }), {
    message: 'cannot list the instances of project p: Permission denied',
    hint: 'ada@example.com needs alloydb.clusters.list and alloydb.instances.list, which roles/alloydb.client lacks: gcloud projects add-iam-policy-binding p --member=user:ada@example.com --role=roles/alloydb.viewer',
  });
});
