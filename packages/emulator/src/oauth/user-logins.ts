// Logins of people (`gcloud auth application-default login`): refresh tokens, each good for one OAuth client only.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { OAuthError } from './oauth-error.ts';

/** Why a login has ended: taken back, or so old that the person has to show up again. */
export type LoginEnd = 'revoked' | 'reauthentication-required';

/** What a client has to show, besides its ID, for each new access token. */
export interface UserLogin {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

interface Known extends UserLogin {
  readonly principal: string;
  readonly scopes: readonly string[];
  end?: LoginEnd | undefined;
}

export class UserLogins {
  readonly #logins = new Map<string, Known>();

  logIn(principal: string, scopes: readonly string[]): UserLogin {
    const login = {
      clientId: `${randomBytes(6).readUIntBE(0, 6)}-emulator.apps.googleusercontent.com`,
      clientSecret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
      refreshToken: `1//0${randomBytes(48).toString('base64url')}`,
    };
    this.#logins.set(login.refreshToken, { ...login, principal, scopes, end: undefined });
    return login;
  }

  /** Ends every login of the principal; later ones are not touched. */
  end(principal: string, how: LoginEnd): void {
    for (const login of this.#logins.values()) if (login.principal === principal) login.end = how;
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return [...this.#logins.values()];
  }

  restore(saved: ReturnType<UserLogins['snapshot']>): void {
    for (const login of saved) this.#logins.set(login.refreshToken, login);
  }

  /** @throws OAuthError `invalid_client` or `invalid_grant` */
  redeem(shown: UserLogin): { readonly principal: string; readonly scopes: readonly string[] } {
    const clients = [...this.#logins.values()].filter(({ clientId }) => clientId === shown.clientId);
    if (clients.length === 0) throw new OAuthError(401, 'invalid_client', 'The OAuth client was not found.');
    if (!clients.some(({ clientSecret }) => equal(clientSecret, shown.clientSecret))) {
      throw new OAuthError(401, 'invalid_client', 'The provided client secret is invalid.');
    }
    const login = this.#logins.get(shown.refreshToken);
    if (login === undefined || login.clientId !== shown.clientId) {
      throw new OAuthError(400, 'invalid_grant', 'Bad Request');
    }
    switch (login.end) {
      case 'revoked':
        throw new OAuthError(400, 'invalid_grant', 'Token has been expired or revoked.');
      case 'reauthentication-required':
        throw new OAuthError(400, 'invalid_grant', 'reauth related error (invalid_rapt)', { subtype: 'invalid_rapt' });
      case undefined:
        return { principal: login.principal, scopes: login.scopes };
    }
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
