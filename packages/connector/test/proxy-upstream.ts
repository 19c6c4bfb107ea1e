// How the proxies of the tests reach a target: names by a table, bytes both ways, ends passed on one by one.

import { connect, isIP, type Socket } from 'node:net';

/** Where the names that a proxy is given lead. Whatever is missing does not exist. */
export type Hosts = Readonly<Record<string, string>>;

export function upstream(host: string, port: number, hosts: Hosts): Socket | undefined {
  const address = isIP(host) === 0 ? hosts[host] : host;
  return address === undefined ? undefined : connect({ host: address, port, allowHalfOpen: true });
}

export function splice(client: Socket, target: Socket): void {
  client.pipe(target);
  target.pipe(client);
  client.on('close', () => target.destroy());
  target.on('error', () => client.destroy());
}
