// A key that the IAM API has just made: the content of its file, and the ID by which it is deleted.

import { CommandError } from '../cli/command-error.ts';

export interface NewKey {
  readonly id: string;
  /** The file as the API wrote it. It holds the private key. */
  readonly text: string;
}

/** @throws {CommandError} that quotes nothing of it. */
export function readNewKey({ privateKeyData }: Readonly<Record<string, unknown>>, email: string): NewKey {
  const text = Buffer.from(typeof privateKeyData === 'string' ? privateKeyData : '', 'base64').toString('utf8');
  const key = readKeyFields(text);
  if (key?.email === email) return { id: key.id, text };
  throw new CommandError(`cannot read the new key of service account ${email}: it is no key file of that account`, {
    hint: `delete it: gcloud iam service-accounts keys list --iam-account=${email}`,
  });
}

export interface KeyFields {
  readonly id: string;
  readonly email: string;
  /** Of the account. */
  readonly project: string | undefined;
}

/** What a key file says of the key. Undefined when it is none: JSON.parse would quote it in its error. */
export function readKeyFields(text: string): KeyFields | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const { type, private_key_id: id, client_email: email, private_key: key, project_id: project } = fields;
  if (type !== 'service_account' || typeof id !== 'string' || typeof email !== 'string') return undefined;
  // They become parts of a path and of commands to paste.
  if (typeof key !== 'string' || !/^[\w-]+$/.test(id) || !/^[\w.-]+@[\w.-]+$/.test(email)) return undefined;
  return { id, email, project: typeof project === 'string' ? project : undefined };
}
