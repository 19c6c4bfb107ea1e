// The certificate authority of one cluster: root, intermediate for clients, and what they sign.

import { KeyObject, X509Certificate as NodeCertificate } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import type { Clock } from '../clock.ts';
import {
  createClientCertificate,
  createIntermediate,
  createRoot,
  createServerCertificate,
  signerFromPem,
  signerToPem,
  type Signer,
  type Validity,
} from './certificates.ts';

export interface ServerIdentity {
  /** PEM. */
  readonly certificate: string;
  /** PKCS#8 PEM. */
  readonly key: string;
  /** PEM of the root that client certificates must lead to. */
  readonly trustedRoot: string;
}

export interface ClientChain {
  /** Leaf, intermediate, root; PEM each. */
  readonly pemCertificateChain: readonly [string, string, string];
  readonly caCert: string;
}

/** How a client certificate was asked for; the server-side proxy looks it up when the certificate is shown. */
export interface ClientCertificateMode {
  readonly useMetadataExchange: boolean;
}

const DAY_MS = 24 * 3_600_000;
const YEAR_MS = 365 * DAY_MS;
// A peer whose clock is a little behind must not find the authority "not yet valid".
const BACKDATE_MS = 3_600_000;

interface Keys {
  readonly root: Signer;
  readonly intermediate: Signer;
}

export class ClusterAuthority {
  readonly #clock: Clock;
  readonly #modes = new Map<string, ClientCertificateMode & { readonly notAfter: number }>();
  #keys: Keys;

  private constructor(clock: Clock, keys: Keys) {
    this.#clock = clock;
    this.#keys = keys;
  }

  static async create(clock: Clock): Promise<ClusterAuthority> {
    return new ClusterAuthority(clock, await createAuthorityKeys(clock));
  }

  /** What is to be known again after a restart: the keys, and how the client certificates that still hold were asked for. */
  snapshot() {
    const { root, intermediate } = this.#keys;
    return { root: signerToPem(root), intermediate: signerToPem(intermediate), modes: [...this.#modes] };
  }

  static async restore(saved: ReturnType<ClusterAuthority['snapshot']>, clock: Clock): Promise<ClusterAuthority> {
    const [root, intermediate] = await Promise.all([signerFromPem(saved.root), signerFromPem(saved.intermediate)]);
    const authority = new ClusterAuthority(clock, { root, intermediate });
    for (const [fingerprint256, mode] of saved.modes) authority.#modes.set(fingerprint256, mode);
    return authority;
  }

  /** PEM of the root. */
  get rootCertificate(): string {
    return pem(this.#keys.root.certificate);
  }

  /** Replaces root and intermediate: what the old ones signed leads nowhere from now on. */
  async rotate(): Promise<void> {
    this.#keys = await createAuthorityKeys(this.#clock);
    this.#modes.clear();
  }

  async issueServer(server: {
    readonly uid: string;
    readonly names: readonly string[];
    /** Default false: good for years. */
    readonly expired?: boolean;
  }): Promise<ServerIdentity> {
    const { root } = this.#keys;
    const signed = await createServerCertificate(
      { commonName: `${server.uid}.server.alloydb`, alternativeNames: server.names },
      root,
      server.expired === true ? pastValidity(this.#clock) : longValidity(this.#clock),
    );
    return {
      certificate: pem(signed.certificate),
      key: KeyObject.from(signed.keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
      trustedRoot: pem(root.certificate),
    };
  }

  async issueClient(request: {
    readonly spki: Uint8Array<ArrayBuffer>;
    readonly lifeMs: number;
    readonly useMetadataExchange: boolean;
  }): Promise<ClientChain> {
    const { root, intermediate } = this.#keys;
    const now = this.#clock.now();
    const notAfter = now + request.lifeMs;
    const leaf = await createClientCertificate(
      { commonName: 'alloydb-client', publicKey: request.spki },
      intermediate,
      {
        notBefore: new Date(now),
        notAfter: new Date(notAfter),
      },
    );
    const leafPem = pem(leaf);
    this.#remember(new NodeCertificate(leafPem).fingerprint256, {
      useMetadataExchange: request.useMetadataExchange,
      notAfter,
    });
    const caCert = pem(root.certificate);
    return { pemCertificateChain: [leafPem, pem(intermediate.certificate), caCert], caCert };
  }

  /**
   * `fingerprint256` as node:crypto writes it; undefined for a certificate that this authority did not issue or that is over.
   * TLS has looked at the end as well, but by the machine's clock.
   */
  modeOf(fingerprint256: string): ClientCertificateMode | undefined {
    const mode = this.#modes.get(fingerprint256);
    return mode === undefined || mode.notAfter <= this.#clock.now() ? undefined : mode;
  }

  #remember(fingerprint256: string, mode: ClientCertificateMode & { readonly notAfter: number }): void {
    const now = this.#clock.now();
    for (const [old, { notAfter }] of this.#modes) if (notAfter < now) this.#modes.delete(old);
    this.#modes.set(fingerprint256, mode);
  }
}

async function createAuthorityKeys(clock: Clock): Promise<Keys> {
  const root = await createRoot('root.alloydb', longValidity(clock));
  return { root, intermediate: await createIntermediate('client.alloydb', root, longValidity(clock)) };
}

function longValidity(clock: Clock): Validity {
  const now = clock.now();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + 10 * YEAR_MS) };
}

function pastValidity(clock: Clock): Validity {
  const now = clock.now();
  return { notBefore: new Date(now - 2 * DAY_MS), notAfter: new Date(now - DAY_MS) };
}

/** With a line break at its end, so that certificates can be put one behind the other. */
function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
