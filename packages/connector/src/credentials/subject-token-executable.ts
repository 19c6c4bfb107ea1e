// The token of another identity provider, from the executable that external account credentials name.

import { readFile } from 'node:fs/promises';
import { ConnectorError, reasonOf } from '../errors.ts';
import { type ChildOutput, childOutput } from './child-output.ts';
import { CredentialFields, isJsonObject, type JsonObject, textOf } from './credential-fields.ts';
import { targetOf } from './generate-access-token.ts';
import type { SubjectToken, SubjectTokenOptions } from './subject-token.ts';

const allowVariable = 'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES';
const defaultLimitMs = 30_000;

/**
 * Runs the executable as Google's libraries define it: its answer is JSON with `success` and `id_token` or
 * `saml_response`. google-auth-library lets a missing executable end the whole process, and quotes in its errors what
 * the executable printed.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` unless the environment allows executables.
 */
export function executableSubjectToken(
  json: JsonObject,
  { fields: account, origin, seams: { env, clock } }: SubjectTokenOptions,
): SubjectToken {
  const fields = new CredentialFields(json, {
    kind: '"executable"',
    origin,
    hint: `set ${allowVariable}=1 to trust it`,
  });
  const [file, ...args] = words(fields.required('command'));
  if (file === undefined) throw fields.invalid('"command" is empty');
  // Whoever can write the credentials could run anything, so the environment has to agree.
  if (env[allowVariable] !== '1') throw fields.invalid(`${allowVariable} is not 1`);
  const limit = fields.value('timeout_millis');
  const timeoutMs = typeof limit === 'number' ? limit : defaultLimitMs;
  const outputFile = fields.optional('output_file');
  const childEnv = { ...env, ...variables(account, outputFile) };

  return async (signal) => {
    const kept = outputFile === undefined ? undefined : readAnswer(await contentOf(outputFile));
    if (kept?.token !== undefined && kept.expiresAt !== undefined && kept.expiresAt > clock.now()) return kept.token;
    let output: ChildOutput;
    try {
      output = await childOutput({ file, args, env: childEnv, timeoutMs, clock, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw failed(file, reasonOf(error));
    }
    const { token, expiresAt } = readAnswer(output.stdout);
    if (output.exitCode !== 0) throw failed(file, `it ended with exit code ${output.exitCode ?? 'unknown'}`);
    if (token === undefined) throw failed(file, 'its answer holds no token');
    if (expiresAt !== undefined && expiresAt <= clock.now()) throw failed(file, 'its token has expired');
    return token;
  };
}

function variables(account: CredentialFields, outputFile: string | undefined): Readonly<Record<string, string>> {
  const url = account.optional('service_account_impersonation_url');
  const email = url === undefined ? undefined : targetOf(new URL(url));
  return {
    GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: account.required('audience'),
    GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: account.required('subject_token_type'),
    GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: '0',
    ...(outputFile === undefined ? {} : { GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: outputFile }),
    ...(email === undefined ? {} : { GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: email }),
  };
}

/** Split at white space, but for what is in double quotes. */
function words(command: string): readonly string[] {
  return (command.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // The executable writes it when it first succeeds; without it, it is run.
    return '';
  }
}

interface Answer {
  readonly token?: string | undefined;
  readonly expiresAt?: number | undefined;
}

function readAnswer(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    if (!isJsonObject(answer) || answer['success'] !== true) return {};
    const seconds = answer['expiration_time'];
    return {
      token: textOf(answer['id_token']) ?? textOf(answer['saml_response']),
      expiresAt: typeof seconds === 'number' ? seconds * 1000 : undefined,
    };
  } catch {
    return {};
  }
}

function failed(file: string, reason: string): ConnectorError {
  return new ConnectorError('TOKEN_REQUEST_FAILED', `Cannot get the external token from "${file}": ${reason}`);
}
