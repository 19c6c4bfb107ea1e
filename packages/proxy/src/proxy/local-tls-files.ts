// The certificate of a listener, read again when its files change.

import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { LocalTlsConfig } from '../config/config.ts';
import { codeOf } from './listen.ts';
import { StartError } from './start-error.ts';

/** What TLS needs of the files. */
export interface LocalTlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who has issued the certificates of clients; undefined when clients need none. */
  readonly ca: Buffer | undefined;
}

/** What a look at the files has shown. */
export type LocalTlsChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'renewed'; readonly material: LocalTlsMaterial }
  /** The files do not fit together, as half-way through a rotation. What was read before stays good. */
  | { readonly kind: 'unusable'; readonly error: Error };

export class LocalTlsFiles {
  readonly #paths: LocalTlsConfig;
  #fingerprint: string;

  /** What the files held when this was made. */
  readonly material: LocalTlsMaterial;

  /** @throws {StartError} when a file cannot be read, or the key is not that of the certificate. */
  constructor(paths: LocalTlsConfig) {
    this.#paths = paths;
    this.#fingerprint = fingerprintOf(paths);
    try {
      this.material = readMaterial(paths);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartError(`cannot use --local-tls-cert ${paths.cert} with --local-tls-key ${paths.key}: ${reason}`, {
        cause: error,
        hint: 'both are PEM files; the key is that of the first certificate in the file, and has no passphrase',
      });
    }
  }

  /** Cheap enough to be asked for every client: three looks at the file system, and no timer that could be late. */
  refresh(): LocalTlsChange {
    const fingerprint = fingerprintOf(this.#paths);
    if (fingerprint === this.#fingerprint) return { kind: 'none' };
    this.#fingerprint = fingerprint;
    try {
      return { kind: 'renewed', material: readMaterial(this.#paths) };
    } catch (error) {
      return { kind: 'unusable', error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}

/** Whether others than the owner may read the key; a group may be meant to, everybody is not. */
export function isReadableByAll(path: string): boolean {
  if (process.platform === 'win32') return false;
  try {
    return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0;
  } catch {
    // Not even this process can look.
    return false;
  }
}

function readMaterial({ cert, key, clientCa }: LocalTlsConfig): LocalTlsMaterial {
  const material = {
    cert: readFileSync(cert),
    key: readFileSync(key),
    ca: clientCa === undefined ? undefined : readFileSync(clientCa),
  };
  // Throws when they are no PEM, or do not belong together.
  createSecureContext(material);
  return material;
}

/** Secrets of Kubernetes change by a symbolic link that leads elsewhere: the file behind it is another one then. Never throws. */
function fingerprintOf({ cert, key, clientCa }: LocalTlsConfig): string {
  const files = clientCa === undefined ? [cert, key] : [cert, key, clientCa];
  return files
    .map((path) => {
      try {
        const { ino, size, mtimeMs } = statSync(path);
        return `${ino}:${size}:${mtimeMs}`;
      } catch (error) {
        return codeOf(error);
      }
    })
    .join(' ');
}
