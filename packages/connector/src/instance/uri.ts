// Instance URIs: the full name of an AlloyDB instance, as text and as parts.

import { ConnectorError } from '../errors.ts';

/** The parts of `projects/P/locations/R/clusters/C/instances/I`. */
export interface InstanceUri {
  /** Project id; a domain-scoped one keeps its prefix, as in `google.com:my-project`. */
  readonly project: string;
  readonly region: string;
  readonly cluster: string;
  readonly instance: string;
}

// Project ids may carry one domain prefix. No part may hold a slash, a colon, white space, a query mark or an
// escape, nor be one of the dots that lead elsewhere, so that a part can be pasted into a request path and a short name
// without changing their shape.
const segment = String.raw`(?!\.{1,2}(?:/|$))[^\s/:?#%\\]+`;
const pattern = new RegExp(
  `^projects/((?:${segment}:)?${segment})/locations/(${segment})/clusters/(${segment})/instances/(${segment})$`,
);

/**
 * Reads an instance URI.
 *
 * @throws {ConnectorError} `INVALID_INSTANCE_URI` when the text is anything but a complete URI.
 */
export function parseInstanceUri(text: string): InstanceUri {
  const [, project, region, cluster, instance] = pattern.exec(text) ?? [];
  if (project === undefined || region === undefined || cluster === undefined || instance === undefined) {
    throw new ConnectorError('INVALID_INSTANCE_URI', `Cannot read the instance URI "${text}": ${complaint(text)}`, {
      hint: 'write it as projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
    });
  }
  return { project, region, cluster, instance };
}

/** Writes the full URI, the form that the Admin API and the command line take. */
export function formatInstanceUri(uri: InstanceUri): string {
  return `${formatClusterUri(uri)}/instances/${uri.instance}`;
}

/** Writes the URI of the cluster that an instance belongs to; certificates are issued by the cluster. */
export function formatClusterUri({ project, region, cluster }: InstanceUri): string {
  return `projects/${project}/locations/${region}/clusters/${cluster}`;
}

/** `PROJECT.REGION.CLUSTER.INSTANCE`: the form used in log lines, metrics and socket folders. */
export function shortInstanceName({ project, region, cluster, instance }: InstanceUri): string {
  return `${project}.${region}.${cluster}.${instance}`;
}

/**
 * Reads the short form back. The first part may be a domain-scoped project, whose domain holds dots of its own, so the
 * name is taken apart from its end; `_` stands for the colon where a file name cannot hold one.
 *
 * @throws {ConnectorError} `INVALID_INSTANCE_URI` when there are fewer than four parts or one is empty.
 */
export function parseShortInstanceName(text: string): InstanceUri {
  const parts = text.split('.');
  const [region, cluster, instance] = parts.slice(-3);
  const project = parts.slice(0, -3).join('.').replace('_', ':');
  return parseInstanceUri(
    `projects/${project}/locations/${region ?? ''}/clusters/${cluster ?? ''}/instances/${instance ?? ''}`,
  );
}

function complaint(text: string): string {
  if (text === '') return 'it is empty';
  if (/^projects\/[^/]+\/instances\//.test(text) || /^[^/\s:]+:[^/\s:]+:[^/\s:]+$/.test(text)) {
    return 'this is the name of a Cloud SQL instance';
  }
  if (/\s/.test(text)) return 'it contains white space';
  return 'it does not have the four parts of an AlloyDB instance URI';
}
