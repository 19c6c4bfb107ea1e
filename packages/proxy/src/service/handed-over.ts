// Which files systemd hands to a service that may not read them itself, and how.

import type { Service } from './service.ts';
import { commandWord, withoutSpecifiers } from './systemd-words.ts';

export interface HandedOver {
  /** Lines of the unit. */
  readonly lines: readonly string[];
  /** Flags that name the files where they then lie; specifiers in them are meant as such. */
  readonly flags: readonly string[];
}

/**
 * A user made up for the service owns nothing, and a key is for root alone to read. So systemd loads the key: into memory
 * that is never swapped out, for this service and nobody else. What is there to be changed while the service runs (the
 * config file, renewed certificates) would grow stale as such a credential, which systemd loads only at a start: it is
 * copied into the service's own folder in /run, at each start and again at each reload.
 */
export function handOver({ config, name }: Service, configFile: string): HandedOver {
  const folder = `%t/${name}`;
  const { credentials, localTls, staticConnectionInfo } = config;
  const copied = [
    ['config-file', configFile],
    ['local-tls-cert', localTls?.cert],
    ['local-tls-key', localTls?.key],
    ['local-tls-client-ca', localTls?.clientCa],
    ['static-connection-info', staticConnectionInfo],
  ] as const;
  const lines: string[] = [];
  const flags: string[] = [];
  const copies: string[] = [];
  for (const [flag, path] of copied) {
    if (path === undefined) continue;
    const target = `${folder}/${flag === 'config-file' ? 'config.toml' : flag}`;
    copies.push(`+/usr/bin/install -m 0444 ${commandWord(path)} ${target}`);
    flags.push(`--${flag} ${target}`);
  }
  if (credentials.source.kind === 'file') {
    lines.push(`LoadCredential=credentials-file:${withoutSpecifiers(credentials.source.path)}`);
    flags.push('--credentials-file %d/credentials-file');
  }
  return {
    lines: [
      `RuntimeDirectory=${name}`,
      // The copies are readable for whoever gets this far: the service and root.
      'RuntimeDirectoryMode=0700',
      ...lines,
      ...copies.map((copy) => `ExecStartPre=${copy}`),
      ...copies.map((copy) => `ExecReload=${copy}`),
    ],
    flags,
  };
}
