// Reads the TXT records of a DNS name: exactly one of them must be an instance URI, and of an instance that is allowed.

import { ConnectorError, formatInstanceUri, type InstanceUri, parseInstanceUri } from 'alloydb-connector';
import { allows, formatAllowedTargets } from '../config/allowed-targets.ts';
import type { DomainTarget } from '../config/instance-target.ts';
import { DomainError } from './domain-error.ts';

/**
 * Other records, such as those of mail servers, may stand beside it. A record can be forged or set by mistake: whoever
 * controls it would get the passwords of clients, so it may not lead out of the project or cluster that was given with it.
 *
 * @throws {DomainError}
 */
export function readInstanceRecord(records: readonly string[], { domain, allow }: DomainTarget): InstanceUri {
  // The same record twice says one thing.
  const uris = [...new Set(records.map((record) => record.trim()).filter((record) => record.startsWith('projects/')))];
  const instances = uris.flatMap((text) => readUri(text) ?? []);
  const [instance, other] = instances;
  if (instance === undefined) {
    const found = uris[0] === undefined ? '' : `: "${printable(uris[0])}" is none`;
    throw new DomainError(`no TXT record of ${domain} is an instance URI${found}`, {
      hint: 'it must be projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE, and nothing else',
    });
  }
  if (other !== undefined) {
    throw new DomainError(
      `${domain} has ${instances.length} TXT records that are instance URIs: ${shortList(instances.map(formatInstanceUri))}`,
      { hint: 'leave the one of the instance that clients should get' },
    );
  }
  if (!allows(allow, instance)) {
    throw new DomainError(
      `refusing to go where ${domain} points: ${formatInstanceUri(instance)} is not in ${formatAllowedTargets(allow)}`,
      { hint: `find out who changed the TXT record; if that was meant, give the name with another allow` },
    );
  }
  return instance;
}

// Narrower than what may be given by hand: Google's names hold nothing else, and this goes into paths, logs and commands.
const namePattern = /^[a-z0-9.:-]{1,100}$/;

function readUri(text: string): InstanceUri | undefined {
  try {
    const uri = parseInstanceUri(text);
    return Object.values(uri).every((part) => namePattern.test(part)) ? uri : undefined;
  } catch (error) {
    if (error instanceof ConnectorError) return undefined;
    throw error;
  }
}

function shortList(texts: readonly string[]): string {
  return [...texts.slice(0, 3), ...(texts.length > 3 ? ['…'] : [])].join(', ');
}

/** Anybody may have written it, and it ends up in a log. */
function printable(text: string): string {
  return text.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, '?');
}
