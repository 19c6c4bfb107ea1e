// What each instance asks of those who connect to its own PostgreSQL port: its clientConnectionConfig, which may change.

export const SSL_MODES = ['ENCRYPTED_ONLY', 'ALLOW_UNENCRYPTED_AND_ENCRYPTED'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export interface ConnectionRule {
  /** Only what comes through a connector or proxy is let in: the instance's own PostgreSQL port refuses everybody. */
  readonly requireConnectors: boolean;
  readonly sslMode: SslMode;
}

export function isSslMode(value: unknown): value is SslMode {
  return SSL_MODES.some((mode) => mode === value);
}

const DEFAULT: ConnectionRule = { requireConnectors: false, sslMode: 'ENCRYPTED_ONLY' };

export class ConnectionRules {
  /** By instance URI. */
  readonly #rules = new Map<string, ConnectionRule>();

  of(uri: string): ConnectionRule {
    return this.#rules.get(uri) ?? DEFAULT;
  }

  /** Counts for new connections; those that are open go on. */
  change(uri: string, change: Partial<ConnectionRule>): void {
    this.#rules.set(uri, { ...this.of(uri), ...change });
  }
}
