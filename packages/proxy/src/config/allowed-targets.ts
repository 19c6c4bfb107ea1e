// Where the DNS name of an instance may point: into one project, or into one cluster of it.

import { formatInstanceUri, type InstanceUri, parseInstanceUri } from 'alloydb-connector';

export type AllowedTargets =
  | { readonly kind: 'project'; readonly project: string }
  | { readonly kind: 'cluster'; readonly project: string; readonly region: string; readonly cluster: string };

/** Reads `projects/P` or `projects/P/locations/R/clusters/C`; undefined for anything else. */
export function parseAllowedTargets(text: string): AllowedTargets | undefined {
  const inCluster = parseBeginning(`${text}/instances/any`);
  if (inCluster !== undefined) {
    const { project, region, cluster } = inCluster;
    return { kind: 'cluster', project, region, cluster };
  }
  const inProject = parseBeginning(`${text}/locations/any/clusters/any/instances/any`);
  return inProject === undefined ? undefined : { kind: 'project', project: inProject.project };
}

export function formatAllowedTargets(allowed: AllowedTargets): string {
  const project = `projects/${allowed.project}`;
  return allowed.kind === 'project' ? project : `${project}/locations/${allowed.region}/clusters/${allowed.cluster}`;
}

/** Part by part: `projects/shop` does not hold the instances of `projects/shop-of-somebody-else`. */
export function allows(allowed: AllowedTargets, { project, region, cluster }: InstanceUri): boolean {
  if (project !== allowed.project) return false;
  return allowed.kind === 'project' || (region === allowed.region && cluster === allowed.cluster);
}

/** Undefined when the text has more parts than it may, or others: the whole must be an instance URI word for word. */
function parseBeginning(text: string): InstanceUri | undefined {
  try {
    const uri = parseInstanceUri(text);
    return formatInstanceUri(uri) === text ? uri : undefined;
  } catch {
    return undefined;
  }
}
