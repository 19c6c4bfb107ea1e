// Where an identity is read from: the one of the options that was chosen, with the file behind it, if there is one.

import { ConnectorError } from '../errors.ts';
import { applicationDefaultFile } from './application-default.ts';
import { credentialJson } from './credential-json.ts';
import { gcloud } from './gcloud.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { metadataServer } from './metadata-server.ts';
import { readSecretFile, type SecretFileOptions } from './secret-file.ts';
import { staticToken } from './static-token.ts';
import { tokenCommand } from './token-command.ts';
import type { TokenSource } from './token-source.ts';

/** Where access tokens come from. */
export type CredentialsOption =
  /** Application Default Credentials: environment, gcloud's file, metadata server. */
  | { readonly kind: 'adc' }
  /** A service account key or another credential file of Google's; read again when it changes. */
  | { readonly kind: 'file'; readonly path: string }
  /** The content of such a file. */
  | { readonly kind: 'json'; readonly json: string }
  /** A ready access token, used as it is until it expires. */
  | { readonly kind: 'token'; readonly token: string }
  /** A file that holds an access token, kept fresh by somebody else; read again when it changes. */
  | { readonly kind: 'token-file'; readonly path: string }
  /** A command for the shell that prints an access token, or JSON with one and with its expiry. */
  | { readonly kind: 'token-command'; readonly command: string }
  /** Whoever is logged in to the gcloud command. */
  | { readonly kind: 'gcloud' };

export interface IdentityInput {
  /** The file to read anew when it changes. */
  readonly path?: string;
  /** @throws {ConnectorError} when what was given cannot be used. */
  load(): Identity;
}

export function identityInput(
  option: CredentialsOption,
  seams: IdentitySeams,
  onWarning: SecretFileOptions['onWarning'],
): IdentityInput {
  const fileIdentity = (path: string): Identity =>
    credentialJson(readSecretFile(path, { kind: 'credential file', onWarning }), `"${path}"`, seams);

  switch (option.kind) {
    case 'adc': {
      const file = applicationDefaultFile(seams);
      let { expected } = file;
      const load = (): Identity => {
        if (!expected && !applicationDefaultFile(seams).expected) return metadataServer(seams);
        expected = true;
        return fileIdentity(file.path);
      };
      return { path: file.path, load };
    }
    case 'file':
      return { path: option.path, load: () => fileIdentity(option.path) };
    case 'json':
      return { load: () => credentialJson(option.json, 'given as JSON', seams) };
    case 'token':
      return { load: () => bearer(staticToken(option.token)) };
    case 'token-file': {
      const { path } = option;
      const load = (): Identity => {
        const text = readSecretFile(path, { kind: 'token file', onWarning }).trim();
        return bearer(staticToken(text, `the token in "${path}"`));
      };
      return { path, load };
    }
    case 'token-command':
      return { load: () => tokenCommand(option.command, seams) };
    case 'gcloud':
      return { load: () => gcloud(seams) };
    default:
      throw unknownKind(option);
  }
}

function bearer(tokens: TokenSource): Identity {
  return {
    tokens,
    choosesScope: false,
    principal: () => undefined,
    quotaProject: undefined,
    universeDomain: undefined,
  };
}

/** Callers without a type checker get here. */
function unknownKind(option: never): ConnectorError {
  const { kind } = option as { readonly kind?: unknown };
  return new ConnectorError('INVALID_OPTION', `Cannot use credentials of the kind "${String(kind)}": it is not known`);
}
