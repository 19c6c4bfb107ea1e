// Which candidates there are on this machine.

import type { Candidate, Found } from './candidate.ts';
import { buildGoRelay, goRelayName } from './go-relay.ts';
import { executableName, onNodeName, oursAsExecutable, oursOnNode } from './ours.ts';
import { parsePeer } from './peer.ts';
import { installedTlsClient, tlsClients } from './tls-clients.ts';

export interface FindOptions {
  /** As given with --peer. */
  readonly peers: readonly string[];
  /** Names, or parts of them; undefined for all. */
  readonly chosen: readonly string[] | undefined;
  /** For what is built. */
  readonly folder: string;
}

/** @throws {Error} for a peer that cannot be read, or a Go relay that does not compile. */
export function findCandidates({ peers, chosen, folder }: FindOptions): Found {
  const candidates: Candidate[] = [];
  const missing: { readonly name: string; readonly reason: string }[] = [];
  const look = (name: string, reason: string, find: () => Candidate | undefined): void => {
    if (chosen !== undefined && !chosen.some((part) => name.includes(part))) return;
    const candidate = find();
    if (candidate === undefined) missing.push({ name, reason });
    else candidates.push(candidate);
  };
  look('direct', '', () => ({ kind: 'direct', name: 'direct' }));
  look(goRelayName, 'Go is not installed', () => buildGoRelay(folder));
  look(onNodeName, 'it is not built', oursOnNode);
  look(executableName, 'it is not built', oursAsExecutable);
  for (const client of tlsClients) {
    look(client.name, `not installed (Debian: ${client.debianPackage})`, () => installedTlsClient(client));
  }
  return { candidates: [...candidates, ...peers.map(parsePeer)], missing };
}
