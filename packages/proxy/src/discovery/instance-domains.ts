// All the DNS names that a proxy serves, kept over changes of the configuration.

import type { InstanceUri } from 'alloydb-connector';
import { formatAllowedTargets } from '../config/allowed-targets.ts';
import type { DnsConfig, InstanceConfig } from '../config/config.ts';
import type { DomainTarget } from '../config/instance-target.ts';
import type { Logger } from '../observability/logger.ts';
import { InstanceDomain } from './instance-domain.ts';
import { txtLookup } from './txt-lookup.ts';

export interface InstanceDomainsOptions {
  readonly dns: DnsConfig;
  readonly logger: Logger;
  /** Told of each instance that a name points to from now on. */
  readonly onPoint: (uri: InstanceUri, former: InstanceUri | undefined) => void;
}

export class InstanceDomains {
  readonly #options: InstanceDomainsOptions;
  #dns: DnsConfig;
  readonly #domains = new Map<string, InstanceDomain>();

  constructor(options: InstanceDomainsOptions) {
    this.#options = options;
    this.#dns = options.dns;
  }

  /** The same one each time for the same name and the same limit of where it may point. */
  of(target: DomainTarget): InstanceDomain {
    const key = keyOf(target);
    const known = this.#domains.get(key);
    if (known !== undefined) return known;
    const created = new InstanceDomain({
      target,
      lookup: (domain, signal) => txtLookup(this.#dns)(domain, signal),
      refreshMs: () => this.#dns.refreshMs,
      onPoint: this.#options.onPoint,
      logger: this.#options.logger,
      random: Math.random,
    });
    this.#domains.set(key, created);
    return created;
  }

  /** Watches the names of these instances from now on, and no others. */
  watch(instances: readonly InstanceConfig[], dns: DnsConfig): void {
    this.#dns = dns;
    const targets = instances.flatMap(({ target }) => (target.kind === 'domain' ? target : []));
    const wanted = new Set(targets.map(keyOf));
    for (const [key, domain] of this.#domains) {
      if (wanted.has(key)) continue;
      domain.close();
      this.#domains.delete(key);
    }
    for (const target of targets) this.of(target).watch();
  }

  /** The instances behind these, as far as they are known. */
  urisOf(instances: readonly InstanceConfig[]): readonly InstanceUri[] {
    return instances.flatMap(({ target }) => {
      return (target.kind === 'instance' ? target.uri : this.#domains.get(keyOf(target))?.uri) ?? [];
    });
  }

  /** Idempotent. */
  close(): void {
    for (const domain of this.#domains.values()) domain.close();
  }
}

function keyOf({ domain, allow }: DomainTarget): string {
  return `${domain} ${formatAllowedTargets(allow)}`;
}
