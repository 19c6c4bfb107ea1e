// The lists of the Admin API: instances and clusters, over one location or all, in pages, without what cannot be reached.

import { notFound } from '../http/api-error.ts';
import type { ClusterName } from '../resource-name.ts';
import type { Fleet } from '../fleet.ts';
import type { InstanceStates } from '../instance-states.ts';
import { nextPage, pageOf } from '../iam/paging.ts';
import { clusterView, instanceView } from './instance-view.ts';

export interface ListParts {
  readonly fleet: Fleet;
  readonly states: InstanceStates;
}

export interface ListCall {
  /** `projects/P/locations/L` or `projects/P/locations/L/clusters/C`, where `-` stands for all. */
  readonly parent: string;
  readonly query: URLSearchParams;
}

const DEFAULT_PAGE_SIZE = 100;

/** @throws ApiError 400 or 404 */
export function listInstances({ parent, query }: ListCall, parts: ListParts): unknown {
  const below = parts.fleet.instances.filter(({ name }) => isBelow(name, parent));
  const exists = parts.fleet.clusters.some(({ name }) => name.clusterName === parent);
  if (!exists && !parent.includes('/-')) throw notFound(parent);
  const page = pageOf(reachable(below, parts), query, DEFAULT_PAGE_SIZE);
  return {
    instances: page.items.map((instance) => instanceView(instance, parts.states.of(instance.name.uri))),
    ...nextPage(page),
    ...unreachable(parent, parts),
  };
}

/** @throws ApiError 400 */
export function listClusters({ parent, query }: ListCall, parts: ListParts): unknown {
  const { fleet } = parts;
  const below = reachable(fleet.clusters, parts).filter(({ name }) => isBelow(name, `${parent}/clusters/-`));
  const page = pageOf(below, query, DEFAULT_PAGE_SIZE);
  return {
    clusters: page.items.map((cluster) => clusterView(cluster, fleet)),
    ...nextPage(page),
    ...unreachable(parent, parts),
  };
}

interface Named {
  readonly name: ClusterName;
}

function reachable<T extends Named>(all: readonly T[], { states }: ListParts): readonly T[] {
  return all.filter(({ name }) => !states.unreachable.includes(name.location));
}

/** Who asks for all locations hears which of them are missing in the answer. */
function unreachable(parent: string, { states }: ListParts): { readonly unreachable?: readonly string[] } {
  const [, project, , location] = parent.split('/');
  if (location !== '-' || states.unreachable.length === 0) return {};
  return { unreachable: states.unreachable.map((region) => `projects/${project}/locations/${region}`) };
}

function isBelow({ project, location, cluster }: ClusterName, parent: string): boolean {
  const [, wantedProject, , wantedLocation, , wantedCluster] = parent.split('/');
  return wantedProject === project && fits(wantedLocation, location) && fits(wantedCluster, cluster);
}

function fits(wanted: string | undefined, own: string): boolean {
  return wanted === '-' || wanted === own;
}
