// Connection info from a file, for development without the Admin API: the format of the official --static-connection-info.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isJsonObject } from '../credentials/credential-fields.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { InstanceAddresses, IpType } from '../instance/ip-type.ts';
import { formatInstanceUri, type InstanceUri, parseInstanceUri } from '../instance/uri.ts';
import { type ConnectionInfo, secureContextFor } from './connection-info.ts';

/** Connection info by full instance URI. */
export type StaticConnectionInfo = ReadonlyMap<string, ConnectionInfo>;

/**
 * Reads `{publicKey, privateKey, "<instance URI>": {ipAddress, publicIpAddress, pscInstanceConfig: {pscDnsName},
 * pemCertificateChain[], caCert}}`, with any number of instances. An address that is not given does not exist.
 *
 * @throws {ConnectorError} `INVALID_OPTION` when the file cannot be read or lacks something. It holds a private key, so
 * nothing of it is quoted.
 */
export function readStaticConnectionInfo(path: string): StaticConnectionInfo {
  const invalid = (reason: string): ConnectorError =>
    new ConnectorError('INVALID_OPTION', `Cannot use the static connection info in "${path}": ${reason}`);
  const file = readObject(path, invalid);
  const privateKey = file['privateKey'];
  if (typeof privateKey !== 'string') throw invalid('"privateKey" is missing');
  const entries = Object.entries(file).filter(([name]) => name !== 'publicKey' && name !== 'privateKey');
  if (entries.length === 0) throw invalid('it names no instance');
  return new Map(
    entries.map(([name, value]) => {
      const instance = parseInstanceUri(name);
      return [formatInstanceUri(instance), readInstance(instance, value, privateKey, invalid)];
    }),
  );
}

function readObject(path: string, invalid: (reason: string) => ConnectorError): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(reasonOf(error));
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // The parser's message quotes the text around the mistake, which may be the private key.
  }
  throw invalid('it is no JSON object');
}

function readInstance(
  instance: InstanceUri,
  value: unknown,
  privateKey: string,
  invalid: (reason: string) => ConnectorError,
): ConnectionInfo {
  const entry = isJsonObject(value) ? value : {};
  const chain = Array.isArray(entry['pemCertificateChain']) ? entry['pemCertificateChain'] : [];
  const serverCa = entry['caCert'];
  const [leaf] = chain;
  if (typeof leaf !== 'string' || typeof serverCa !== 'string') {
    throw invalid(`"${formatInstanceUri(instance)}" lacks pemCertificateChain or caCert`);
  }
  const identity = { chain: chain.map(String), privateKey, serverCa };
  try {
    return {
      instance,
      addresses: readAddresses(entry),
      expiresAt: new X509Certificate(leaf).validToDate.getTime(),
      secureContext: secureContextFor(identity),
      identity,
    };
  } catch {
    throw invalid(`key and certificates of "${formatInstanceUri(instance)}" do not fit together`);
  }
}

function readAddresses(entry: Readonly<Record<string, unknown>>): InstanceAddresses {
  const { ipAddress, publicIpAddress, pscInstanceConfig } = entry;
  const pscName = isJsonObject(pscInstanceConfig) ? pscInstanceConfig['pscDnsName'] : undefined;
  const given: readonly (readonly [IpType, unknown])[] = [
    ['PRIVATE', ipAddress],
    ['PUBLIC', publicIpAddress],
    ['PSC', typeof pscName === 'string' ? pscName.replace(/\.$/, '') : undefined],
  ];
  return Object.fromEntries(given.filter(([, address]) => typeof address === 'string' && address !== ''));
}
