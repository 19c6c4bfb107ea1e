// The resource names of clusters and instances.

import { EmulatorError } from './emulator-error.ts';

export interface InstanceName {
  readonly project: string;
  readonly location: string;
  readonly cluster: string;
  readonly instance: string;
  /** `projects/P/locations/L/clusters/C` */
  readonly clusterName: string;
  /** `projects/P/locations/L/clusters/C/instances/I`, the instance URI. */
  readonly uri: string;
}

// A domain-scoped project is written `example.com:project`.
const PATTERN =
  /^projects\/((?:[a-z0-9.-]+:)?[a-z0-9-]+)\/locations\/([a-z0-9-]+)\/clusters\/([a-z0-9-]+)\/instances\/([a-z0-9-]+)$/;

/** @throws EmulatorError `INVALID_OPTION` when `text` is not an instance URI. */
export function parseInstanceName(text: string): InstanceName {
  const [, project, location, cluster, instance] = PATTERN.exec(text) ?? [];
  if (project === undefined || location === undefined || cluster === undefined || instance === undefined) {
    throw new EmulatorError('INVALID_OPTION', `Cannot read instance URI "${text}"`, {
      hint: 'write it as projects/PROJECT/locations/LOCATION/clusters/CLUSTER/instances/INSTANCE',
    });
  }
  const clusterName = `projects/${project}/locations/${location}/clusters/${cluster}`;
  return { project, location, cluster, instance, clusterName, uri: text };
}
