// The two answers of the Admin API that the connector reads, checked once at the edge.

import type { InstanceAddresses, IpType } from '../instance/ip-type.ts';

export interface ConnectionInfoReply {
  readonly addresses: InstanceAddresses;
}

export interface CertificateReply {
  /** Leaf, intermediate and root, PEM. */
  readonly chain: readonly [string, ...string[]];
  readonly caCert: string;
}

/** Reads a connectionInfo answer. JSON writers of Google's family use camel case or snake case. */
export function readConnectionInfoReply(body: string): ConnectionInfoReply {
  const reply = parseObject(body);
  const address = (camel: string, snake: string): string | undefined => {
    const value = reply[camel] ?? reply[snake];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const addresses: { [kind in IpType]?: string } = {};
  const privateIp = address('ipAddress', 'ip_address');
  const publicIp = address('publicIpAddress', 'public_ip_address');
  // Instances that were set up with automatic DNS have the second name, some of them alone.
  const pscName = address('pscDnsName', 'psc_dns_name') ?? address('pscAutoDnsName', 'psc_auto_dns_name');
  if (privateIp !== undefined) addresses.PRIVATE = privateIp;
  if (publicIp !== undefined) addresses.PUBLIC = publicIp;
  // The name is written as the DNS does, with a final dot, which certificates do not have.
  if (pscName !== undefined) addresses.PSC = pscName.replace(/\.$/, '');
  return { addresses };
}

/** Reads a generateClientCertificate answer. */
export function readCertificateReply(body: string): CertificateReply {
  const reply = parseObject(body);
  const [leaf, ...rest] = stringList(reply['pemCertificateChain'] ?? reply['pem_certificate_chain']);
  const caCert = reply['caCert'] ?? reply['ca_cert'];
  if (leaf === undefined || typeof caCert !== 'string') throw new Error('it holds no certificate chain');
  return { chain: [leaf, ...rest], caCert };
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(body);
  if (typeof value !== 'object' || value === null) throw new Error('it is no JSON object');
  return value as Record<string, unknown>;
}

function stringList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
