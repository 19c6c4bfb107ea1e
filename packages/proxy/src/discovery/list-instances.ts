// Asks the Admin API for the instances of a project, page by page.

import {
  type ApiErrorBody,
  type GoogleApis,
  grantCommand,
  hintFor,
  memberOf,
  shellWord,
} from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import { type ListedInstance, readListedInstance } from './listed-instance.ts';

export interface InstanceList {
  readonly project: string;
  readonly instances: readonly ListedInstance[];
  /** Regions that did not answer: their instances are missing. */
  readonly unreachable: readonly string[];
}

export interface ListOptions {
  /** Undefined for that of the credentials. */
  readonly project: string | undefined;
  /** Undefined for all. */
  readonly region: string | undefined;
  readonly signal: AbortSignal;
}

type Apis = Pick<GoogleApis, 'call' | 'principal' | 'project'>;

/**
 * @throws {CommandError} when there is no project to look in, or the API refuses.
 * @throws {ConnectorError} without credentials, a token or an answer.
 */
export async function listInstances(apis: Apis, { region, signal, ...options }: ListOptions): Promise<InstanceList> {
  const project = options.project ?? (await apis.project(signal));
  if (project === undefined) {
    const hint = 'name one: --project PROJECT; yours are in: gcloud projects list';
    throw new CommandError('the credentials belong to no project, and none was named', { hint });
  }
  if (/[\s/?#]/.test(project) || /[\s/?#]/.test(region ?? '')) {
    const hint = 'a project is named by its ID, such as my-project, and a region like us-central1';
    throw new CommandError(
      `cannot list the instances of "${project}"${region === undefined ? '' : ` in "${region}"`}`,
      {
        hint,
      },
    );
  }
  const path = `v1/projects/${project}/locations/${region ?? '-'}/clusters/-/instances`;
  const instances: ListedInstance[] = [];
  const unreachable = new Set<string>();
  const seen = new Set<string>();
  for (let pageToken = ''; ; ) {
    const query = pageToken === '' ? {} : { pageToken };
    const answer = await apis.call({ service: 'alloydb', path, query, signal });
    if (answer.is === 'refused') throw refused(answer.error, { project, principal: apis.principal() });
    const { value } = answer;
    instances.push(...listOf(value['instances']).flatMap((each) => readListedInstance(each) ?? []));
    for (const place of listOf(value['unreachable'])) if (typeof place === 'string') unreachable.add(regionOf(place));
    const next = value['nextPageToken'];
    if (typeof next !== 'string' || next === '') break;
    // A server that gives the same page for ever must not be asked for ever.
    if (seen.has(next)) throw new CommandError('the Admin API repeats a page of its list', { hint: 'run it again' });
    seen.add(next);
    pageToken = next;
  }
  return { project, instances, unreachable: [...unreachable].toSorted() };
}

interface Asked {
  readonly project: string;
  readonly principal: string | undefined;
}

function refused(error: ApiErrorBody, { project, principal }: Asked): CommandError {
  const message = `cannot list the instances of project ${project}: ${error.message.replace(/\.$/, '')}`;
  return new CommandError(message, { hint: hintOf(error, { project, principal }) });
}

function hintOf(error: ApiErrorBody, { project, principal }: Asked): string {
  const { reason, status } = error;
  if (status === 'PERMISSION_DENIED' && (reason === undefined || reason === 'IAM_PERMISSION_DENIED')) {
    const permissions = 'alloydb.clusters.list and alloydb.instances.list';
    const grant = grantCommand({ project, member: memberOf(principal), role: 'roles/alloydb.viewer' });
    return `${principal ?? 'the principal'} needs ${permissions}, which roles/alloydb.client lacks: ${grant}`;
  }
  if (status === 'NOT_FOUND' || status === 'INVALID_ARGUMENT') {
    return `check the project and the region: gcloud projects describe ${shellWord(project)}`;
  }
  const anywhere = { project, region: '-', cluster: '-', instance: '-' };
  return (
    hintFor(error, { instance: anywhere, principal }) ??
    `run it again, or ask gcloud: gcloud alloydb instances list --project=${shellWord(project)}`
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `projects/P/locations/R`, or a cluster below it. */
function regionOf(place: string): string {
  return /\/locations\/([^/]+)/.exec(place)?.[1] ?? place;
}
