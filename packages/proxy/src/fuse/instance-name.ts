// Names in the mounted folder: which of them name an instance.

import type { InstanceUri } from 'alloydb-connector';

// Anybody on the machine can ask for a name, and programs that look around do: only what Google Cloud could have given out
// becomes a listener. A project is an id or a number, with its domain before an underscore if it is scoped by one.
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const project = `(?<domain>${label}(\\.${label})+_)?(?<project>${label})`;
const pattern = new RegExp(`^${project}\\.(?<region>${label})\\.(?<cluster>${label})\\.(?<instance>${label})$`);

/** Longest name looked at: a domain and four labels of 63 bytes do not come near it. */
const MAX_NAME_BYTES = 255;

/** Undefined for a name that is not that of an instance. Asks nobody whether there is such an instance. */
export function parseInstanceName(name: string): InstanceUri | undefined {
  if (name.length > MAX_NAME_BYTES) return undefined;
  const parts = pattern.exec(name)?.groups;
  if (parts === undefined) return undefined;
  const { domain = '', project: id = '', region = '', cluster = '', instance = '' } = parts;
  return { project: `${domain.replace('_', ':')}${id}`, region, cluster, instance };
}
