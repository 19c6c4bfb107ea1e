// Which instances a configuration means: DNS names are looked up, as the proxy does before its first connection.

import { formatSeconds, TimeLimitError, withTimeLimit } from 'alloydb-connector/probe';
import type { InstanceConfig, ProxyConfig } from '../config/config.ts';
import { DomainError } from '../discovery/domain-error.ts';
import { readInstanceRecord } from '../discovery/instance-record.ts';
import { type TxtLookup, txtLookup } from '../discovery/txt-lookup.ts';
import type { ExaminedDomain, ExaminedInstance, Subject } from './subject.ts';

export interface LocateOptions {
  /** For all names together, in milliseconds. Default 5,000. */
  readonly limitMs?: number;
}

/** Names are looked up side by side: what one of them waits for, the others do not. */
export async function locateInstances(
  { dns, instances }: Pick<ProxyConfig, 'dns' | 'instances'>,
  { limitMs = 5_000 }: LocateOptions = {},
): Promise<Pick<Subject, 'instances' | 'domains'>> {
  const lookup = txtLookup(dns);
  const located = await Promise.all(instances.map((each) => locate(each, lookup, limitMs)));
  return {
    instances: located.flatMap(({ instance }) => instance ?? []),
    domains: located.flatMap(({ domain }) => domain ?? []),
  };
}

interface Located {
  readonly instance?: ExaminedInstance;
  readonly domain?: ExaminedDomain;
}

async function locate(config: InstanceConfig, lookup: TxtLookup, limitMs: number): Promise<Located> {
  const { target } = config;
  if (target.kind === 'instance') return { instance: { ...config, uri: target.uri } };
  const { domain } = target;
  try {
    const records = await withTimeLimit(limitMs, [], (signal) => lookup(domain, signal));
    const uri = readInstanceRecord(records, target);
    return { instance: { ...config, uri }, domain: { domain, found: uri } };
  } catch (error) {
    return { domain: { domain, found: explained(error, domain) } };
  }
}

function explained(error: unknown, domain: string): Error {
  if (error instanceof TimeLimitError) {
    return new DomainError(`cannot look up ${domain}: no answer within ${formatSeconds(error.limitMs)}`, {
      hint: 'check the name servers of this machine, or name one with --dns-server',
      cause: error,
    });
  }
  return error instanceof Error ? error : new Error(String(error));
}
