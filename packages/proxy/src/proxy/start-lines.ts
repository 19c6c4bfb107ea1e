// The lines said at start, word for word those of the official proxy: scripts wait for them.

import type { CredentialsConfig } from '../config/config.ts';

export function authorizingLine(credentials: CredentialsConfig): string {
  switch (credentials.kind) {
    case 'adc':
      return 'Authorizing with Application Default Credentials';
    case 'file':
      return `Authorizing with the credentials file at "${credentials.path}"`;
    case 'token':
      return 'Authorizing with OAuth2 token';
  }
}
