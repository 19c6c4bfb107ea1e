// How an instance is dialled: with what options, and by its DNS name if that is what it was given by.

import type { AuthType, Connection, Connector, InstanceUri, IpTypeOption } from 'alloydb-connector';
import type { InstanceConfig } from '../config/config.ts';
import { dialDomain } from '../discovery/dial-domain.ts';
import type { InstanceDomains } from '../discovery/instance-domains.ts';
import type { Dial, DialReference } from './session.ts';

export interface InstanceDialOptions {
  /** Looked up for each dial: it may be another one by then. */
  readonly connector: () => Pick<Connector, 'dial'>;
  readonly domains: Pick<InstanceDomains, 'of'>;
}

export function dialTo(instance: InstanceConfig, { connector, domains }: InstanceDialOptions): Dial {
  const { target } = instance;
  const options = dialOptions(instance);
  const dialAs =
    (reference: DialReference | undefined) =>
    (uri: InstanceUri, signal: AbortSignal): Promise<Connection> =>
      connector().dial(uri, { ...options, signal, reference });
  if (target.kind === 'instance') return (signal, reference) => dialAs(reference)(target.uri, signal);
  const domain = domains.of(target);
  return (signal, reference) => dialDomain(domain, { dial: dialAs(reference), signal });
}

interface InstanceOptions {
  readonly ipType: IpTypeOption;
  readonly authType: AuthType;
  readonly dialAddress: string | undefined;
}

export function dialOptions({
  ipType,
  autoIamAuthn,
  dialAddress,
}: Pick<InstanceConfig, 'ipType' | 'autoIamAuthn' | 'dialAddress'>): InstanceOptions {
  return { ipType, authType: autoIamAuthn ? 'AUTO_IAM' : 'DB_NATIVE', dialAddress };
}
