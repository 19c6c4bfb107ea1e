// What is worth a word about the open listeners: who can reach them, and what can be read on the way.

import { BlockList, isIPv6 } from 'node:net';
import type { InstanceConfig, ProxyConfig } from '../config/config.ts';
import { isReadableByAll } from './local-tls-files.ts';

export interface ListenNotice {
  readonly severity: 'info' | 'warn';
  readonly text: string;
  readonly hint: string;
}

export interface NoticesOptions {
  readonly config: Pick<ProxyConfig, 'localTls'> & { readonly instances: readonly Pick<InstanceConfig, 'listen'>[] };
  /** The addresses that the TCP listeners really have: a host name says nothing about where it leads. */
  readonly addresses: readonly string[];
}

/** In the order of importance; nothing when there is nothing to say. */
export function listenNotices({ config, addresses }: NoticesOptions): readonly ListenNotice[] {
  const { localTls, instances } = config;
  const notices: ListenNotice[] = [];
  const open = [...new Set(addresses.filter((address) => !isLoopback(address)))];
  if (open.length > 0 && localTls === undefined) {
    notices.push({
      severity: 'warn',
      text: `Listening on ${open.join(', ')}: what clients on other machines send is not encrypted on its way to this proxy`,
      hint: 'encrypt it with --local-tls-cert and --local-tls-key, or keep to --address 127.0.0.1; --allow-from limits who may connect',
    });
  }
  if (localTls !== undefined && isReadableByAll(localTls.key)) {
    notices.push({
      severity: 'warn',
      text: `Every user of this machine can read the private key ${localTls.key}`,
      hint: `chmod 0600 ${localTls.key}`,
    });
  }
  if (instances.some(({ listen }) => listen.kind === 'unix' && listen.permissions.mode === 0o600)) {
    notices.push({
      severity: 'info',
      text: 'Only this user can connect to the Unix sockets',
      hint: 'let others in with --unix-socket-mode 0660 and --unix-socket-group GROUP',
    });
  }
  return notices;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
