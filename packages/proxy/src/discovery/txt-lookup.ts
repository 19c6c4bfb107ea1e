// Asks name servers for the TXT records of a name.

import { Resolver } from 'node:dns/promises';
import { parseInstanceUri } from 'alloydb-connector';
import { DomainError } from './domain-error.ts';

/** The records of a name, each as one text. */
export type TxtLookup = (domain: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface TxtLookupOptions {
  /** As node:dns takes it; undefined for the name servers of the system. */
  readonly server: string | undefined;
  /** Limit of one try, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
}

const tries = 3;

/**
 * Rejects with a {@link DomainError} when there is no answer, or none with a TXT record; with the signal's reason when it is
 * aborted.
 */
export function txtLookup({ server, timeoutMs = 2_000 }: TxtLookupOptions): TxtLookup {
  return async (domain, signal) => {
    signal.throwIfAborted();
    // A new one each time: it reads which name servers the system has, and a laptop meets others on its way.
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (server !== undefined) resolver.setServers([server]);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return joinStrings(await resolver.resolveTxt(domain));
    } catch (error) {
      signal.throwIfAborted();
      throw lookupFailed(domain, { server, cause: error });
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

/**
 * A record holds up to 255 bytes in each of its strings (RFC 1035, 3.3.14); its text is all of them. Bun (1.4.5) gives each
 * string as a record of its own. There, parts that mean nothing each by itself are taken for those of one record.
 */
function joinStrings(records: readonly (readonly string[])[]): readonly string[] {
  const texts = records.map((strings) => strings.join(''));
  if (process.versions['bun'] === undefined || texts.some(isInstanceUri)) return texts;
  return [...texts, texts.join('')];
}

function isInstanceUri(text: string): boolean {
  try {
    parseInstanceUri(text);
    return true;
  } catch {
    return false;
  }
}

const reasons: Readonly<Record<string, readonly [reason: string, hint: (domain: string) => string]>> = {
  ENOTFOUND: ['there is no such name', (domain) => `check the name: dig TXT ${domain}`],
  ENODATA: [
    'it has no TXT record',
    () => 'add one that holds projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
  ],
  ETIMEOUT: ['no name server answers', () => 'check the name servers of this machine, or name one with --dns-server'],
  ECONNREFUSED: [
    'the name server refuses to answer',
    () => 'check the name servers of this machine, or name one with --dns-server',
  ],
  ESERVFAIL: ['the name server has failed', (domain) => `see what it says: dig TXT ${domain}`],
  EREFUSED: [
    'the name server does not answer for this name',
    () => 'ask one that does: --dns-server IP, such as that of the private zone',
  ],
};

function lookupFailed(
  domain: string,
  { server, cause }: { readonly server: string | undefined; readonly cause: unknown },
): DomainError {
  const { code = String(cause) } = cause as NodeJS.ErrnoException;
  const [reason, hint] = reasons[code] ?? [
    `the lookup ended with ${code}`,
    () => `see what it says: dig TXT ${domain}`,
  ];
  const at = server === undefined ? '' : ` (name server ${server})`;
  return new DomainError(`cannot look up ${domain}: ${reason}${at}`, { hint: hint(domain), cause });
}
