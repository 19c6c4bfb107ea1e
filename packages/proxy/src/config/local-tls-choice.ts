// The files of local TLS, which are given together or not at all.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { LocalTlsConfig } from './config.ts';

/** @throws {UsageError} when one of the certificate and its key is missing. */
export function chooseLocalTls(settings: Settings<ProxyFlags>): LocalTlsConfig | undefined {
  const cert = settings['local-tls-cert'].value;
  const key = settings['local-tls-key'].value;
  const clientCa = settings['local-tls-client-ca'].value;
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa };
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  const missing = cert === undefined ? '--local-tls-cert' : '--local-tls-key';
  throw new UsageError(`${missing} is missing for local TLS`, {
    hint: 'give both: --local-tls-cert PATH --local-tls-key PATH',
  });
}
