// The ways in which a connection can leave this machine, and how to say which one it takes.

import { formatAddress } from './address.ts';

/** A user and password that can be used but not printed: private fields stay out of logs and of util.inspect. */
export class ProxyCredentials {
  readonly #user: string;
  readonly #password: string;

  constructor({ user, password }: { readonly user: string; readonly password: string }) {
    this.#user = user;
    this.#password = password;
  }

  /** Value of a `Proxy-Authorization` header (RFC 7617, in UTF-8). */
  basic(): string {
    return `Basic ${Buffer.from(`${this.#user}:${this.#password}`).toString('base64')}`;
  }

  /** The login message of SOCKS5 (RFC 1929), where each part follows its length. */
  socksLogin(version: number): Buffer {
    const parts = [Buffer.from(this.#user), Buffer.from(this.#password)];
    return Buffer.concat([Buffer.of(version), ...parts.flatMap((part) => [Buffer.of(part.length), part])]);
  }
}

export interface ProxyServer {
  readonly host: string;
  readonly port: number;
  readonly credentials?: ProxyCredentials | undefined;
}

export type Route =
  | { readonly via: 'direct' }
  /** `names` says who resolves the target's name: `local` is socks5://, `remote` is socks5h://. */
  | { readonly via: 'socks5'; readonly proxy: ProxyServer; readonly names: 'local' | 'remote' }
  /** A tunnel by HTTP CONNECT; `secure` when the proxy itself is spoken to over TLS. */
  | { readonly via: 'http-connect'; readonly proxy: ProxyServer; readonly secure: boolean };

export const direct: Route = { via: 'direct' };

/** `directly`, or `through the SOCKS5 proxy 10.0.0.1:1080`. Never names the user. */
export function describeRoute(route: Route): string {
  switch (route.via) {
    case 'direct':
      return 'directly';
    case 'socks5':
      return `through the SOCKS5 proxy ${formatAddress(route.proxy.host, route.proxy.port)}`;
    case 'http-connect':
      return `through the ${route.secure ? 'HTTPS' : 'HTTP'} proxy ${formatAddress(route.proxy.host, route.proxy.port)}`;
  }
}
