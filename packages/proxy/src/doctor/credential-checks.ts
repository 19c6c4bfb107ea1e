// The credentials: which there are, who may read them, and whether a token is given for them.

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConnectorError } from 'alloydb-connector';
import { isServiceAccount, shellWord } from 'alloydb-connector/google-apis';
import { applicationDefaultFile, cloudPlatformScope } from 'alloydb-connector/probe';
import { PROGRAM } from '../cli/program-name.ts';
import { projectOfAccount } from './api-checks.ts';
import { type Check, fail, failWith, pass, warn } from './check.ts';
import type { Subject } from './subject.ts';

const readableByOthers = 0o044;

/** Google's types of credential JSON; a type that is none of them was refused before. */
const types: Readonly<Record<string, string>> = {
  service_account: 'service account key',
  authorized_user: 'login of gcloud auth application-default login',
  external_account: 'workload identity configuration',
  external_account_authorized_user: 'workforce login',
  impersonated_service_account: 'impersonation configuration',
};

interface Found {
  readonly what: string;
  /** File that it was read from. */
  readonly path?: string;
  /** Only a token tells whether there is any: nobody is known until the metadata server or gcloud is asked. */
  readonly isGuess?: true;
}

export function credentialsCheck(subject: Subject): Check {
  return {
    id: 'credentials',
    title: 'credentials',
    needs: [],
    async run({ signal }) {
      const found = findCredentials(subject);
      const { apis } = subject.probe;
      if (found.isGuess) {
        // Any other failure is the token's, and told there.
        const error: unknown = await apis.token(cloudPlatformScope, signal).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error instanceof ConnectorError && error.code === 'CREDENTIALS_NOT_FOUND') return failWith(error);
      }
      const { impersonate } = subject.config.credentials;
      const principal = apis.principal();
      const whose = impersonate === undefined ? 'of' : 'acting as';
      const who = principal === undefined ? '' : ` ${whose} ${principal}`;
      const mode = found.path === undefined ? undefined : modeOf(found.path);
      const evidence = `${found.what}${who}${mode === undefined ? '' : `, mode ${mode.text}`}`;
      if (mode === undefined || !mode.isOpen || found.path === undefined) return pass(evidence);
      return warn(`${evidence}: other users of this machine can read it`, `chmod 600 ${shellWord(found.path)}`);
    },
  };
}

/** Whether there is one to be had: a wrong clock, or a network that does not lead to Google, is told elsewhere. */
export function tokenCheck(
  subject: Subject,
  { credentials, clock, api }: { readonly credentials: Check; readonly clock: Check; readonly api: Check },
): Check {
  const { apis } = subject.probe;
  return {
    id: 'token',
    title: 'access token',
    needs: [credentials],
    // gcloud loads for seconds, and a command may have to ask somebody.
    limitMs: 12_000,
    suspects: [clock, api],
    async run({ signal }) {
      try {
        const { expiresAt } = await apis.token(cloudPlatformScope, signal);
        const life = expiresAt === undefined ? 'its end is not known' : `good for ${minutes(expiresAt - Date.now())}`;
        return pass(`${apis.principal() ?? 'principal not known'}, ${life}`);
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.code !== 'TOKEN_REQUEST_REFUSED') throw error;
        const { message, hint } = error;
        return fail(message, refusalFix(subject, message) ?? hint, [clock]);
      }
    },
  };
}

/** While the clock is right, a refusal is about the account, or about the key, which then is no longer one of the account. */
function refusalFix({ config, probe }: Subject, message: string): string | undefined {
  const { source, impersonate } = config.credentials;
  const email = probe.apis.principal();
  if (source.kind !== 'file' || impersonate !== undefined || email === undefined || !isServiceAccount(email))
    return undefined;
  const account = shellWord(email);
  // Google says the same of an account that was disabled.
  if (/account not found/i.test(message)) {
    const [name = ''] = email.split('@');
    const again = `${PROGRAM} setup service-account --project=${shellWord(projectOfAccount(email) ?? 'PROJECT')} --name=${shellWord(name)}`;
    return `if the account was disabled: gcloud iam service-accounts enable ${account}; if it was deleted, make it again: ${again}`;
  }
  if (!/signature|key/i.test(message)) return undefined;
  return `the key was deleted or disabled; make another: gcloud iam service-accounts keys create ${shellWord(source.path)} --iam-account=${account}`;
}

function findCredentials({ config, env, probe }: Subject): Found {
  const { source } = config.credentials;
  switch (source.kind) {
    case 'file':
      return fileCredentials(source.path);
    case 'json':
      return { what: `${typeOf(source.json)} given by --json-credentials` };
    case 'token':
      return { what: 'OAuth2 token given by --token, which nothing renews' };
    case 'token-file':
      return { what: `OAuth2 token in ${source.path}`, path: resolve(source.path) };
    case 'token-command':
      return { what: 'OAuth2 token of a command' };
    case 'gcloud':
      return { what: 'login of the gcloud command', isGuess: true };
    case 'adc': {
      const emulator = probe.emulatorHost;
      const endpoint = emulator === undefined ? undefined : { host: emulator, endpoint: `http://${emulator}` };
      const { path, expected } = applicationDefaultFile({ env, emulator: endpoint });
      if (!expected) return { what: 'the account of this machine, from its metadata server', isGuess: true };
      const file = fileCredentials(path);
      return { ...file, what: `Application Default Credentials: ${file.what}` };
    }
  }
}

function fileCredentials(path: string): Found {
  const text = readFileSync(path, 'utf8');
  return { what: `${typeOf(text)} in ${path}`, path: resolve(path) };
}

function typeOf(text: string): string {
  try {
    const { type } = JSON.parse(text) as { readonly type: string };
    return types[type] ?? 'credentials';
  } catch {
    // It was read before, and has changed since. The parser's message would quote it.
    return 'credentials';
  }
}

function modeOf(path: string): { readonly text: string; readonly isOpen: boolean } | undefined {
  // Windows has no such bits.
  if (process.platform === 'win32') return undefined;
  const { mode } = statSync(path);
  return { text: `0${(mode & 0o777).toString(8).padStart(3, '0')}`, isOpen: (mode & readableByOthers) !== 0 };
}

function minutes(ms: number): string {
  return `${Math.max(0, Math.round(ms / 60_000))} min`;
}
