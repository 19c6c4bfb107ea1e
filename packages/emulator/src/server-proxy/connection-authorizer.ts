// Decides whether a token may open a connection to an instance, in the words of the real server-side proxy.

import { type AccessTokens, CLOUD_PLATFORM_SCOPE, LOGIN_SCOPE } from '../iam/access-tokens.ts';
import type { Policy } from '../iam/policy.ts';
import type { ServiceAccounts } from '../iam/service-accounts.ts';

export type Admission =
  | { readonly is: 'granted'; readonly principal: string }
  | { readonly is: 'denied'; readonly message: string };

export interface ConnectionAuthorizerParts {
  readonly tokens: AccessTokens;
  readonly policy: Policy;
  readonly accounts: ServiceAccounts;
}

export class ConnectionAuthorizer {
  readonly #parts: ConnectionAuthorizerParts;

  constructor(parts: ConnectionAuthorizerParts) {
    this.#parts = parts;
  }

  /** Through the server-side proxy, whoever logs in then. */
  admit(tokenText: string, project: string): Admission {
    const admission = this.authenticate(tokenText);
    if (admission.is === 'denied') return admission;
    if (!this.#parts.policy.allows(admission.principal, 'alloydb.instances.connect', `projects/${project}`)) {
      return denied(`Caller does not have required permission to use project ${project}.`);
    }
    return admission;
  }

  /** Whose token it is. Connecting straight to PostgreSQL takes no permission but the one to log in. */
  authenticate(tokenText: string): Admission {
    const { tokens, accounts } = this.#parts;
    const verdict = tokens.verify(tokenText);
    if (verdict.is !== 'valid' || !accounts.isActive(verdict.token.principal)) {
      return denied('Request had invalid authentication credentials.');
    }
    const { principal, scopes } = verdict.token;
    if (!scopes.includes(CLOUD_PLATFORM_SCOPE) && !scopes.includes(LOGIN_SCOPE)) {
      return denied('Request had insufficient scopes.');
    }
    return { is: 'granted', principal };
  }

  mayLogIn(principal: string, project: string): boolean {
    return this.#parts.policy.allows(principal, 'alloydb.users.login', `projects/${project}`);
  }
}

function denied(message: string): Admission {
  return { is: 'denied', message };
}
