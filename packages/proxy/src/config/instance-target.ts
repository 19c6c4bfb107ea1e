// What an instance argument names: an instance by its URI, or by a DNS name that tells its URI.

import {
  ConnectorError,
  formatInstanceUri,
  type InstanceUri,
  parseInstanceUri,
  shortInstanceName,
} from 'alloydb-connector';
import { parseHost } from '../cli/values/host.ts';
import type { AllowedTargets } from './allowed-targets.ts';

export type InstanceTarget = { readonly kind: 'instance'; readonly uri: InstanceUri } | DomainTarget;

export interface DomainTarget {
  readonly kind: 'domain';
  /** In lower case, without a dot at its end. */
  readonly domain: string;
  readonly allow: AllowedTargets;
}

/** Either kind as it is written, before anything is known of its parameters. */
export type WrittenTarget =
  | { readonly kind: 'instance'; readonly uri: InstanceUri }
  | { readonly kind: 'domain'; readonly domain: string };

/** A ConnectorError, not thrown, for what is neither. */
export function readTarget(text: string): WrittenTarget | ConnectorError {
  const domain = readDomain(text);
  if (domain !== undefined) return { kind: 'domain', domain };
  try {
    return { kind: 'instance', uri: parseInstanceUri(text) };
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
}

/** For log lines and the folders of sockets: the short name of the instance, or the DNS name. */
export function targetName(target: InstanceTarget): string {
  return target.kind === 'domain' ? target.domain : shortInstanceName(target.uri);
}

/** As it was given: the full URI, or the DNS name. */
export function formatTarget(target: InstanceTarget): string {
  return target.kind === 'domain' ? target.domain : formatInstanceUri(target.uri);
}

/** A name of two parts or more whose last one is no number, which tells it from an IP address. */
function readDomain(text: string): string | undefined {
  const domain = text.toLowerCase().replace(/\.$/, '');
  const isName = domain.includes('.') && /[a-z][^.]*$/.test(domain) && parseHost(domain) !== undefined;
  return isName ? domain : undefined;
}
