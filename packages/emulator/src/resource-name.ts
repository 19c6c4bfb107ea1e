// The resource names of clusters and instances.

import { EmulatorError } from './emulator-error.ts';

export interface ClusterName {
  readonly project: string;
  readonly location: string;
  readonly cluster: string;
  /** `projects/P/locations/L/clusters/C` */
  readonly clusterName: string;
}

export interface InstanceName extends ClusterName {
  readonly instance: string;
  /** `projects/P/locations/L/clusters/C/instances/I`, the instance URI. */
  readonly uri: string;
}

// A domain-scoped project is written `example.com:project`.
const CLUSTER =
  /^projects\/((?:[a-z0-9.-]+:)?[a-z0-9-]+)\/locations\/([a-z0-9-]+)\/clusters\/([a-z0-9-]+)(?:\/instances\/([a-z0-9-]+))?$/;

/** @throws EmulatorError `INVALID_OPTION` when `text` is not the name of a cluster. */
export function parseClusterName(text: string): ClusterName {
  const [, project, location, cluster, instance] = CLUSTER.exec(text) ?? [];
  if (project === undefined || location === undefined || cluster === undefined || instance !== undefined) {
    throw new EmulatorError('INVALID_OPTION', `Cannot read cluster name "${text}"`, {
      hint: 'write it as projects/PROJECT/locations/LOCATION/clusters/CLUSTER',
    });
  }
  return { project, location, cluster, clusterName: text };
}

/** @throws EmulatorError `INVALID_OPTION` when `text` is not an instance URI. */
export function parseInstanceName(text: string): InstanceName {
  const [, project, location, cluster, instance] = CLUSTER.exec(text) ?? [];
  if (project === undefined || location === undefined || cluster === undefined || instance === undefined) {
    throw new EmulatorError('INVALID_OPTION', `Cannot read instance URI "${text}"`, {
      hint: 'write it as projects/PROJECT/locations/LOCATION/clusters/CLUSTER/instances/INSTANCE',
    });
  }
  const clusterName = `projects/${project}/locations/${location}/clusters/${cluster}`;
  return { project, location, cluster, instance, clusterName, uri: text };
}

/** The cluster that an instance URI names; a name of a cluster stays as it is. */
export function clusterNameOf(text: string): string {
  return text.replace(/\/instances\/[^/]+$/, '');
}
