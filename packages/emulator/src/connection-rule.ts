// What an instance asks of those who connect to its own PostgreSQL port: its clientConnectionConfig, which may change.

export const SSL_MODES = ['ENCRYPTED_ONLY', 'ALLOW_UNENCRYPTED_AND_ENCRYPTED'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Counts for new connections; those that are open go on when it changes. */
export interface ConnectionRule {
  /** Only what comes through a connector or proxy is let in: the instance's own PostgreSQL port refuses everybody. */
  readonly requireConnectors: boolean;
  readonly sslMode: SslMode;
}

export function isSslMode(value: unknown): value is SslMode {
  return SSL_MODES.some((mode) => mode === value);
}
