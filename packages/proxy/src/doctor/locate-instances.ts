// Which instances a configuration means: DNS names are looked up, as the proxy does before its first connection.

import type { ProxyConfig } from '../config/config.ts';
import { readInstanceRecord } from '../discovery/instance-record.ts';
import { txtLookup } from '../discovery/txt-lookup.ts';
import type { ExaminedDomain, ExaminedInstance, Subject } from './subject.ts';

const limitMs = 5_000;

export async function locateInstances(config: ProxyConfig): Promise<Pick<Subject, 'instances' | 'domains'>> {
  const instances: ExaminedInstance[] = [];
  const domains: ExaminedDomain[] = [];
  const lookup = txtLookup(config.dns);
  for (const instance of config.instances) {
    const { target } = instance;
    if (target.kind === 'instance') {
      instances.push({ ...instance, uri: target.uri });
      continue;
    }
    const { domain } = target;
    try {
      const uri = readInstanceRecord(await lookup(domain, AbortSignal.timeout(limitMs)), target);
      domains.push({ domain, found: uri });
      instances.push({ ...instance, uri });
    } catch (error) {
      domains.push({ domain, found: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  return { instances, domains };
}
