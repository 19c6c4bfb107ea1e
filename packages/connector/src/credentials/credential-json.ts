// The identity that the JSON of a credential describes, whichever of Google's types it is of.

import { ConnectorError } from '../errors.ts';
import { authorizedUser } from './authorized-user.ts';
import { isJsonObject, type JsonObject } from './credential-fields.ts';
import { externalAccount } from './external-account.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { impersonatedServiceAccount } from './impersonated-service-account.ts';
import { serviceAccountKey } from './service-account-key.ts';
import { workforceUser } from './workforce-user.ts';

type Reader = (json: JsonObject, origin: string, seams: IdentitySeams) => Identity;

const readers: Readonly<Record<string, Reader>> = {
  service_account: serviceAccountKey,
  authorized_user: authorizedUser,
  external_account: externalAccount,
  external_account_authorized_user: workforceUser,
  impersonated_service_account: (json, origin, seams) =>
    impersonatedServiceAccount(
      json,
      { origin, readSource: (source, sourceOrigin) => identityOf(source, sourceOrigin, seams) },
      seams,
    ),
};

/**
 * @param origin what the text is, for messages: a quoted path or a description.
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when the text is no credential, without quoting it.
 */
export function credentialJson(text: string, origin: string, seams: IdentitySeams): Identity {
  return identityOf(parse(text, origin), origin, seams);
}

function identityOf(json: JsonObject, origin: string, seams: IdentitySeams): Identity {
  const { type } = json;
  if (typeof type !== 'string') throw invalid(origin, 'it has no "type"');
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  // The type is not quoted: in a file that is something else, it could be anything.
  if (read === undefined) throw invalid(origin, `its "type" is none of ${Object.keys(readers).join(', ')}`);
  return read(json, origin, seams);
}

function parse(text: string, origin: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // The parser's message quotes the text around the mistake, which may be a private key.
  }
  throw invalid(origin, 'it is no JSON object');
}

function invalid(origin: string, reason: string): ConnectorError {
  return new ConnectorError('CREDENTIALS_INVALID', `Cannot use the credential file ${origin}: ${reason}`, {
    hint: 'it must be a JSON key or credential configuration as Google Cloud writes it',
  });
}
