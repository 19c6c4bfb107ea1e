// The calls about the keys of a service account.

import { ApiError, invalidArgument } from '../http/api-error.ts';
import type { RestCall } from '../iam/rest-service.ts';
import type { KnownKey } from '../iam/service-account-keys.ts';
import type { ServiceAccount } from '../iam/service-accounts.ts';
import type { IamAdminParts } from './iam-admin-parts.ts';

const MAX_KEYS = 10;
const FILE_TYPE = 'TYPE_GOOGLE_CREDENTIALS_FILE';
const ALGORITHM = 'KEY_ALG_RSA_2048';

/** The one time that the private half is shown. @throws ApiError 400 */
export async function createKey(
  account: ServiceAccount,
  { body, endpoint }: RestCall,
  { iam, keys }: IamAdminParts,
): Promise<unknown> {
  const { privateKeyType = FILE_TYPE, keyAlgorithm = ALGORITHM } = body;
  if (privateKeyType !== FILE_TYPE && privateKeyType !== 'TYPE_UNSPECIFIED') {
    throw wrong('privateKeyType', `The emulator makes keys of the type ${FILE_TYPE} only.`);
  }
  if (keyAlgorithm !== ALGORITHM && keyAlgorithm !== 'KEY_ALG_UNSPECIFIED') {
    throw wrong('keyAlgorithm', `The emulator makes keys for the algorithm ${ALGORITHM} only.`);
  }
  if (iam.projects.keyCreationDisabled(iam.projects.mention(account.project))) throw creationDisabled(account);
  if (keys.list(account.email).length >= MAX_KEYS) {
    throw new ApiError(400, 'Maximum number of keys on account reached.', [], { status: 'FAILED_PRECONDITION' });
  }
  const { email, uniqueId } = account;
  const file = await keys.mint({ email, uniqueId, apiEndpoint: endpoint });
  const key = keys.find(file.private_key_id);
  if (key === undefined) throw new Error('the new key is not there');
  const privateKeyData = Buffer.from(`${JSON.stringify(file, null, 2)}\n`).toString('base64');
  return { ...viewOfKey(key, account), privateKeyType: FILE_TYPE, privateKeyData };
}

/** The keys that Google keeps for itself are not there. */
export function listKeys(account: ServiceAccount, { query }: RestCall, { keys }: IamAdminParts): unknown {
  const types = query.getAll('keyTypes');
  if (types.length > 0 && !types.includes('USER_MANAGED')) return {};
  return { keys: keys.list(account.email).map((key) => viewOfKey(key, account)) };
}

export function deleteKey(account: ServiceAccount, call: RestCall, parts: IamAdminParts): unknown {
  parts.keys.delete(keyOf(account, call, parts));
  return {};
}

export function setKeyDisabled(key: KnownKey, disabled: boolean, { keys }: IamAdminParts): unknown {
  keys.setDisabled(key, disabled);
  return {};
}

export function viewOfKey(key: KnownKey, account: ServiceAccount): Readonly<Record<string, unknown>> {
  return {
    name: `projects/${account.project}/serviceAccounts/${account.email}/keys/${key.id}`,
    validAfterTime: new Date(key.createdAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    validBeforeTime: '9999-12-31T23:59:59Z',
    keyAlgorithm: ALGORITHM,
    keyOrigin: 'GOOGLE_PROVIDED',
    keyType: 'USER_MANAGED',
    ...(key.disabled ? { disabled: true } : {}),
  };
}

/** The key of the path. @throws ApiError 404 */
export function keyOf(account: ServiceAccount, { names }: RestCall, { keys }: IamAdminParts): KnownKey {
  const id = names[2] ?? '';
  const key = keys.find(id);
  if (key?.email === account.email) return key;
  throw new ApiError(404, `Service account key ${id} does not exist.`);
}

function creationDisabled({ project, email }: ServiceAccount): ApiError {
  const description = 'Key creation is not allowed on this service account.';
  const violation = {
    type: 'constraints/iam.disableServiceAccountKeyCreation',
    subject: `projects/${project}/serviceAccounts/${email}?configvalue=${email}`,
    description,
  };
  const detail = { '@type': 'type.googleapis.com/google.rpc.PreconditionFailure', violations: [violation] };
  return new ApiError(400, description, [detail], { status: 'FAILED_PRECONDITION' });
}

function wrong(field: string, description: string): ApiError {
  return invalidArgument({ field, description });
}
