// The lists of the Admin API: instances and clusters, over one location or all, in pages, without what cannot be reached.

import { notFound } from '../http/api-error.ts';
import type { ConnectionRules } from '../connection-rules.ts';
import type { Instance } from '../instance.ts';
import type { InstanceStates } from '../instance-states.ts';
import { nextPage, pageOf } from '../iam/paging.ts';
import { clusterView, type InstanceCondition, instanceView } from './instance-view.ts';

export interface ListParts {
  readonly instances: readonly Instance[];
  readonly states: InstanceStates;
  readonly rules: ConnectionRules;
}

export interface ListCall {
  /** `projects/P/locations/L` or `projects/P/locations/L/clusters/C`, where `-` stands for all. */
  readonly parent: string;
  readonly query: URLSearchParams;
}

const DEFAULT_PAGE_SIZE = 100;

/** @throws ApiError 400 or 404 */
export function listInstances({ parent, query }: ListCall, parts: ListParts): unknown {
  const below = parts.instances.filter((instance) => isBelow(instance, parent));
  // A cluster has no instance-less existence here.
  if (below.length === 0 && !parent.includes('/-')) throw notFound(parent);
  const page = pageOf(reachable(below, parts), query, DEFAULT_PAGE_SIZE);
  return {
    instances: page.items.map((instance) => instanceView(instance, conditionOf(instance, parts))),
    ...nextPage(page),
    ...unreachable(parent, parts),
  };
}

/** @throws ApiError 400 */
export function listClusters({ parent, query }: ListCall, parts: ListParts): unknown {
  const below = reachable(parts.instances, parts).filter((instance) => isBelow(instance, `${parent}/clusters/-`));
  const page = pageOf([...Map.groupBy(below, ({ name }) => name.clusterName).values()], query, DEFAULT_PAGE_SIZE);
  return { clusters: page.items.map(clusterView), ...nextPage(page), ...unreachable(parent, parts) };
}

export function conditionOf({ name }: Instance, { states, rules }: ListParts): InstanceCondition {
  return { state: states.of(name.uri), rule: rules.of(name.uri) };
}

function reachable(instances: readonly Instance[], { states }: ListParts): readonly Instance[] {
  return instances.filter(({ name }) => !states.unreachable.includes(name.location));
}

/** Who asks for all locations hears which of them are missing in the answer. */
function unreachable(parent: string, { states }: ListParts): { readonly unreachable?: readonly string[] } {
  const [, project, , location] = parent.split('/');
  if (location !== '-' || states.unreachable.length === 0) return {};
  return { unreachable: states.unreachable.map((region) => `projects/${project}/locations/${region}`) };
}

function isBelow(instance: Instance, parent: string): boolean {
  const { project, location, cluster } = instance.name;
  const [, wantedProject, , wantedLocation, , wantedCluster] = parent.split('/');
  return wantedProject === project && fits(wantedLocation, location) && fits(wantedCluster, cluster);
}

function fits(wanted: string | undefined, own: string): boolean {
  return wanted === '-' || wanted === own;
}
