// A connector as the source of others: gives out what its own caches hold.

import type { Credentials } from '../credentials/credentials.ts';
import { loginScope } from '../dial/dialer.ts';
import { ConnectorError } from '../errors.ts';
import { type InstanceUri, parseInstanceUri } from '../instance/uri.ts';
import type { ConnectionInfoCache } from '../refresh/cache.ts';
import type { ConnectionInfo } from '../refresh/connection-info.ts';
import type { SharedSource } from './shared-source.ts';

export interface ShareOptions {
  readonly cacheOf: (instance: InstanceUri) => ConnectionInfoCache;
  readonly credentials: Pick<Credentials, 'api' | 'login' | 'drop' | 'principal'>;
}

// Over all connectors of the process: whoever gets another connector must not take its info for one that it knows.
let lastId = 0;

export function share({ cacheOf, credentials }: ShareOptions): SharedSource {
  const ids = new WeakMap<ConnectionInfo, number>();
  const latest = new Map<string, ConnectionInfo>();
  const idOf = (info: ConnectionInfo): number => {
    const id = ids.get(info) ?? (lastId += 1);
    ids.set(info, id);
    return id;
  };
  return {
    async connectionInfo(instance, known, signal) {
      const info = await cacheOf(parseInstanceUri(instance)).connectionInfo(signal);
      latest.set(instance, info);
      const { addresses, expiresAt, identity } = info;
      const id = idOf(info);
      if (identity === undefined) {
        throw new ConnectorError('INVALID_OPTION', `Cannot share the connection info of "${instance}": it has no key`);
      }
      const principal = credentials.principal();
      return { id, addresses, expiresAt, identity: id === known ? undefined : identity, principal };
    },
    refused(instance, id) {
      const info = latest.get(instance);
      if (info !== undefined && ids.get(info) === id) cacheOf(parseInstanceUri(instance)).forceRefresh(info);
    },
    token: (kind, signal) => credentials[kind].token(loginScope, signal),
    dropToken: (value) => credentials.drop(value),
  };
}
