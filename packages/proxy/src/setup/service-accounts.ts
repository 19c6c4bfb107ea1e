// The calls of the IAM API about one service account and its keys.

import { ConnectorError } from 'alloydb-connector';
import type { GoogleApiAnswer, GoogleApis } from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import type { Account } from './account.ts';
import { failure, isTransient, requireOk } from './api-failure.ts';
import { persist, type Persistence } from './persistence.ts';
import { type NewKey, readNewKey } from './new-key.ts';

export interface KnownAccount {
  readonly description: string;
  readonly isDisabled: boolean;
}

export interface AccountTexts {
  readonly displayName: string;
  readonly description: string;
}

export type AccountApis = Pick<GoogleApis, 'call' | 'principal'>;

export class ServiceAccounts {
  readonly #apis: AccountApis;
  readonly #account: Pick<Account, 'project' | 'email'>;
  readonly #persistence: Persistence;

  constructor(apis: AccountApis, account: Pick<Account, 'project' | 'email'>, persistence: Persistence) {
    this.#apis = apis;
    this.#account = account;
    this.#persistence = persistence;
  }

  /** Undefined when there is none. @throws {CommandError} */
  async find(): Promise<KnownAccount | undefined> {
    const answer = await this.#call('GET', '');
    if (answer.is === 'refused' && answer.error.httpStatus === 404) return undefined;
    return readAccount(requireOk(answer, this.#attempted('look for')));
  }

  /** @throws {CommandError} */
  async create(name: string, texts: AccountTexts): Promise<KnownAccount> {
    const { project } = this.#account;
    const answer = await this.#apis.call({
      service: 'iam',
      method: 'POST',
      path: `v1/projects/${project}/serviceAccounts`,
      body: { accountId: name, serviceAccount: { ...texts } },
      signal: this.#persistence.signal,
    });
    return readAccount(requireOk(answer, this.#attempted('create')));
  }

  /** Resolves with whether it could be done: nobody but --undo depends on it. */
  async describe(description: string): Promise<boolean> {
    const body = { serviceAccount: { description }, updateMask: 'description' };
    return (await this.#call('PATCH', '', body)).is === 'ok';
  }

  /** @throws {CommandError} */
  async delete(): Promise<void> {
    const answer = await this.#call('DELETE', '');
    if (answer.is === 'refused' && answer.error.httpStatus === 404) return;
    requireOk(answer, this.#attempted('delete'));
  }

  /** Those of the permissions that the caller has on the account. @throws {CommandError} */
  async testPermissions(permissions: readonly string[]): Promise<readonly string[]> {
    const answer = await this.#call('POST', ':testIamPermissions', { permissions });
    const granted = requireOk(answer, this.#attempted('ask for permissions on'))['permissions'];
    return Array.isArray(granted) ? granted.map(String) : [];
  }

  /** IDs of the keys that people have made; undefined when the caller may not know. */
  async listKeys(): Promise<readonly string[] | undefined> {
    const answer = await this.#call('GET', '/keys', undefined, { keyTypes: 'USER_MANAGED' });
    if (answer.is === 'refused') return undefined;
    const keys = Array.isArray(answer.value['keys']) ? answer.value['keys'] : [];
    return keys.map(
      (key) =>
        String((key as Readonly<Record<string, unknown>>)['name'])
          .split('/')
          .at(-1) ?? '',
    );
  }

  /**
   * The only time that a key is shown. An account that was made just now may not be known yet, and is asked for again. Goes
   * through when the program is interrupted: a key that nobody has would be left behind.
   *
   * @throws {CommandError}
   */
  async createKey(): Promise<NewKey> {
    const { email } = this.#account;
    const body = { privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE', keyAlgorithm: 'KEY_ALG_RSA_2048' };
    const answer = await persist(
      () =>
        this.#call('POST', '/keys', body, {}, new AbortController().signal).catch((error: unknown) =>
          withUnknownOutcome(email, error),
        ),
      // After an interruption of the service nobody knows whether there is a key: another would be one too many.
      (each) => each.is === 'ok' || ![404, 429].includes(each.error.httpStatus),
      this.#persistence,
    );
    if (answer.is === 'refused' && answer.error.httpStatus >= 500) withUnknownOutcome(email, answer.error);
    if (answer.is === 'refused') throw keyFailure(answer, this.#attempted('make a key for'), email);
    return readNewKey(answer.value, email);
  }

  /** One that is gone already is none to complain of. @throws {CommandError} */
  async deleteKey(id: string): Promise<void> {
    const answer = await persist(
      () => this.#call('DELETE', `/keys/${id}`, undefined, {}, new AbortController().signal),
      (each) => each.is === 'ok' || !isTransient(each.error),
      this.#persistence,
    );
    if (answer.is === 'refused' && answer.error.httpStatus === 404) return;
    requireOk(answer, this.#attempted(`delete key ${id} of`));
  }

  #call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    behind: string,
    body?: Readonly<Record<string, unknown>>,
    query: Readonly<Record<string, string>> = {},
    signal = this.#persistence.signal,
  ): Promise<GoogleApiAnswer> {
    const { project, email } = this.#account;
    const path = `v1/projects/${project}/serviceAccounts/${email}${behind}`;
    return this.#apis.call({ service: 'iam', method, path, query, signal, ...(body === undefined ? {} : { body }) });
  }

  #attempted(verb: string) {
    const { project, email } = this.#account;
    return { what: `${verb} service account ${email}`, project, principal: this.#apis.principal() };
  }
}

function readAccount({ description, disabled }: Readonly<Record<string, unknown>>): KnownAccount {
  return { description: typeof description === 'string' ? description : '', isDisabled: disabled === true };
}

/** The request may have arrived, and its answer been lost. @throws {CommandError} */
function withUnknownOutcome(email: string, error: unknown): never {
  if (error instanceof ConnectorError && error.code !== 'ADMIN_API_UNREACHABLE') throw error;
  const { message } = error as { readonly message: string };
  const why = message.replace(/\.$/, '').replace('Cannot', 'cannot');
  throw new CommandError(`cannot make a key for service account ${email}: ${why}; whether there is one is not known`, {
    hint: `see: gcloud iam service-accounts keys list --iam-account=${email}`,
  });
}

function keyFailure(
  { error }: Extract<GoogleApiAnswer, { is: 'refused' }>,
  attempted: { readonly what: string; readonly project: string; readonly principal: string | undefined },
  email: string,
): CommandError {
  if (error.status !== 'FAILED_PRECONDITION') return failure(error, attempted);
  if (/maximum number of keys/i.test(error.message)) {
    return new CommandError(`cannot ${attempted.what}: it has as many as an account can have`, {
      hint: `delete one that nobody uses: gcloud iam service-accounts keys list --iam-account=${email}`,
    });
  }
  // constraints/iam.disableServiceAccountKeyCreation, or the newer one that manages it.
  return new CommandError(
    `cannot ${attempted.what}: an organisation policy forbids keys (${error.message.replace(/\.$/, '')})`,
    {
      hint: `go on without a key: run the proxy on a machine of Google Cloud that the account is attached to, with --impersonate-service-account=${email} on top of another login, or by workload identity federation (https://cloud.google.com/iam/docs/workload-identity-federation); account and roles are set up by the same command with --no-key`,
    },
  );
}
