// Exchanges the key in a file for a new one that is proven to work, and deletes the old one.

import { readFile, realpath } from 'node:fs/promises';
import { ConnectorError } from 'alloydb-connector';
import { shellWord } from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import { wordsOf } from './api-failure.ts';
import { readRecord, writeRecord, exchangeInRecord } from './account-record.ts';
import { exchangeKey, fileReason, requireFolder } from './key-place.ts';
import { type KeyFields, readKeyFields } from './new-key.ts';
import { persist, type Persistence } from './persistence.ts';
import { ServiceAccounts } from './service-accounts.ts';
import type { AccountApis, KnownAccount } from './service-accounts.ts';

export interface KeyInUse extends KeyFields {
  /** With links resolved: they go on leading to the key. */
  readonly path: string;
}

const recordLimitMs = 10_000;

export const rotatingPermissions = ['iam.serviceAccountKeys.create', 'iam.serviceAccountKeys.delete'] as const;

/** @throws {CommandError} when it is no key file, or cannot be replaced. */
export async function readKeyInUse(given: string): Promise<KeyInUse> {
  const hint = 'name the file that holds the key of the service account: --key-file PATH';
  let path: string;
  let text: string;
  try {
    path = await realpath(given);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(`cannot read the key in ${given}: ${fileReason(cause)}`, { hint });
  }
  const key = readKeyFields(text);
  if (key === undefined)
    throw new CommandError(`cannot rotate the key in ${given}: it is no service account key`, { hint });
  await requireFolder(path);
  return { ...key, path };
}

export interface Rotation extends Persistence {
  readonly apis: AccountApis;
  readonly key: KeyInUse;
  /** Gets a token with the key in the text, or rejects. */
  readonly prove: (text: string, signal: AbortSignal) => Promise<unknown>;
  readonly onWarning: (text: string) => void;
}

export function accountsOf({ apis, key, ...persistence }: Omit<Rotation, 'prove' | 'onWarning'>): ServiceAccounts {
  return new ServiceAccounts(apis, { project: key.project ?? '-', email: key.email }, persistence);
}

/**
 * Returns the ID of the new key.
 *
 * @throws {CommandError} Unless it says that just the old key could not be deleted, the old one is in its place, and the new
 * one gone again.
 */
export async function rotateKey(rotation: Rotation): Promise<string> {
  const { key } = rotation;
  const accounts = accountsOf(rotation);
  const made = await accounts.createKey();
  try {
    await proveKey(made.text, rotation);
    await exchangeKey(key.path, made.text);
  } catch (error) {
    throw await takenBack(made.id, error, accounts, key);
  }
  try {
    await accounts.deleteKey(key.id);
  } catch (error) {
    throw new CommandError(`the new key ${made.id} is in ${key.path}, but ${wordsOf(error)}`, {
      hint: `delete the old one: ${deleteCommand(key.id, key)}`,
    });
  }
  await keepRecord(rotation, made.id);
  return made.id;
}

/** For somebody who may do what the caller may not. */
export function rotationCommands({ path, email, id }: Omit<KeyInUse, 'project'>): readonly string[] {
  const draft = shellWord(`${path}.new`);
  return [
    `(umask 077 && gcloud iam service-accounts keys create ${draft} --iam-account=${email})`,
    `mv ${draft} ${shellWord(path)}`,
    `${deleteCommand(id, { email })} --quiet`,
  ];
}

/** A new key is not known everywhere at once: until then it is refused like a wrong one. */
async function proveKey(text: string, rotation: Rotation): Promise<void> {
  const { prove, signal } = rotation;
  const failure = await persist(
    async () => {
      try {
        await prove(text, signal);
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ConnectorError && error.code.startsWith('TOKEN_REQUEST_')) return error;
        throw error;
      }
    },
    (error) => error === undefined,
    rotation,
  );
  if (failure !== undefined) throw failure;
}

async function takenBack(id: string, error: unknown, accounts: ServiceAccounts, key: KeyInUse): Promise<CommandError> {
  const message = `cannot rotate the key in ${key.path}: ${wordsOf(error)}`;
  try {
    await accounts.deleteKey(id);
  } catch {
    const hint = `the old key is in its place; delete the new one: ${deleteCommand(id, key)}`;
    return new CommandError(message, { hint });
  }
  return new CommandError(message, {
    hint: 'the old key is in its place, and the new one has been deleted; try again',
  });
}

/**
 * What --undo may take away is the new key now. Where that cannot be written down, nothing is lost but the undo; the keys are
 * exchanged, and an interruption does not keep the record from saying so.
 */
async function keepRecord({ apis, key, pause, onWarning }: Rotation, newId: string): Promise<void> {
  const accounts = accountsOf({ apis, key, pause, signal: AbortSignal.timeout(recordLimitMs) });
  let account: KnownAccount | undefined;
  try {
    account = await accounts.find();
  } catch {
    return;
  }
  if (account === undefined) return;
  const { description } = account;
  const wanted = writeRecord(description, exchangeInRecord(readRecord(description), key.id, newId));
  if (wanted === undefined || wanted === description) return;
  let why = 'iam.serviceAccounts.update is needed for that';
  try {
    if (await accounts.describe(wanted)) return;
  } catch (error) {
    why = wordsOf(error);
  }
  onWarning(`cannot note the new key in the description of ${key.email} (${why}): --undo will leave it alone`);
}

function deleteCommand(id: string, { email }: Pick<KeyFields, 'email'>): string {
  return `gcloud iam service-accounts keys delete ${id} --iam-account=${email}`;
}
