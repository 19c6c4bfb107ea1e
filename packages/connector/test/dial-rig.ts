// What a test of the dialer needs: an authority that both ends trust, connections that end up at a server of the test.

import { createSecureContext } from 'node:tls';
import { Dialer, type DialerOptions, type DialRequest } from '../src/dial/dialer.ts';
import { connectTcp } from '../src/dial/tcp.ts';
import type { TokenSource } from '../src/credentials/token-source.ts';
import type { InstanceAddresses, IpTypeOption } from '../src/instance/ip-type.ts';
import { CertificateAuthority, type IssuedCertificate } from './certificate-authority.ts';

export const address = '10.0.0.5';

export class DialRig {
  readonly authority = new CertificateAuthority();
  /** Certificate of the server, for {@link address} unless changed. */
  readonly server: IssuedCertificate = this.authority.issue({ names: [address, 'a.psc.goog', '34.0.0.1'] });
  readonly #client = this.authority.issue({ commonName: 'client' });
  readonly #secureContext = createSecureContext({ ...this.#client, ca: this.authority.cert, minVersion: 'TLSv1.3' });
  /** Tokens that the dialer dropped. */
  readonly dropped: string[] = [];

  request(addresses: InstanceAddresses = { PRIVATE: address }, ipType: IpTypeOption = 'PRIVATE'): DialRequest {
    const instance = { project: 'p', region: 'r', cluster: 'c', instance: 'i' };
    const info = { instance, addresses, expiresAt: Date.now() + 3_600_000, secureContext: this.#secureContext };
    return { info, ipType, authType: 'DB_NATIVE' };
  }

  /** Every connection goes to this port of the loopback, whatever was asked for. */
  dialerTo(port: number): Dialer {
    return this.dialer((_, signal) => connectTcp({ host: '127.0.0.1', port }, signal));
  }

  dialer(connect: DialerOptions['connect']): Dialer {
    return new Dialer({
      credentials: {
        api: alwaysThe('api-token'),
        login: alwaysThe('login-token'),
        drop: (token) => this.dropped.push(token),
        principal: () => 'app@example.com',
        generation: () => 0,
      },
      isCurrent: () => true,
      now: Date.now,
      userAgent: 'test/1',
      connect,
      describeRoute: () => 'directly',
    });
  }
}

function alwaysThe(value: string): TokenSource {
  return { token: async () => ({ value, expiresAt: undefined }) };
}
