// Tokens of whoever is logged in to the gcloud command.

import { ConnectorError, reasonOf } from '../errors.ts';
import { type ChildOutput, childOutput } from './child-output.ts';
import { isJsonObject, type JsonObject, textOf } from './credential-fields.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { quotable } from './quotable.ts';
import { isHeaderValue } from './static-token.ts';
import { unknownLifeMs } from './token-command.ts';

const windows = process.platform === 'win32';
// gcloud is a Python program that loads for seconds on a cold disk, and may have to refresh its own token.
const limitMs = 30_000;
const args = ['--format', 'json', 'config', 'config-helper', '--min-expiry', '1h'];

export function gcloud({ clock, env }: Pick<IdentitySeams, 'clock' | 'env'>): Identity {
  let account: string | undefined;
  let project: string | undefined;
  return {
    choosesScope: false,
    principal: () => account,
    quotaProject: undefined,
    // Whoever asks for it has had a token first: its answer names the project too.
    project: async () => project,
    universeDomain: undefined,
    tokens: {
      async token(_scope, signal) {
        const startedAt = clock.now();
        const reply = readReply(await run({ clock, env }, signal));
        account = reply.account;
        project = reply.project;
        return { value: reply.token, expiresAt: reply.expiresAt ?? startedAt + unknownLifeMs };
      },
    },
  };
}

async function run(seams: Pick<IdentitySeams, 'clock' | 'env'>, signal: AbortSignal): Promise<ChildOutput> {
  let output: ChildOutput;
  try {
    // Node starts no .cmd file without a shell; the arguments are constants, so there is nothing to quote.
    const program = windows ? { file: `gcloud.cmd ${args.join(' ')}`, shell: true } : { file: 'gcloud', args };
    output = await childOutput({ ...program, ...seams, timeoutMs: limitMs, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isMissing(error)) throw notInstalled();
    throw failed(reasonOf(error));
  }
  const { exitCode, stderr, stdout } = output;
  if (exitCode === 0) return output;
  if (windows && /is not recognized/.test(stderr)) throw notInstalled();
  const reason = exitCode === undefined ? 'a signal ended it' : `it ended with exit code ${exitCode}`;
  const said = quotable(
    stderr,
    stdout.split(/[\s"]+/).filter((word) => word.length >= 4),
  );
  throw failed(said === undefined ? reason : `${reason}: ${said}`, mustLogIn(stderr));
}

interface GcloudReply {
  readonly token: string;
  readonly expiresAt: number | undefined;
  readonly account: string | undefined;
  readonly project: string | undefined;
}

function readReply({ stdout }: ChildOutput): GcloudReply {
  const reply = parse(stdout);
  const credential = objectOf(reply['credential']);
  const token = textOf(credential['access_token']);
  if (token === undefined || !isHeaderValue(token)) throw failed('its answer holds no access token', true);
  const expiresAt = Date.parse(textOf(credential['token_expiry']) ?? '');
  const core = objectOf(objectOf(objectOf(reply['configuration'])['properties'])['core']);
  return {
    token,
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
    account: textOf(core['account']),
    project: textOf(core['project']),
  };
}

function parse(text: string): JsonObject {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    // The parser's message quotes what it stumbled over, which may be the token.
    return {};
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** gcloud reports an expired, revoked or missing login in several ways; most of them name the command to repeat it. */
function mustLogIn(stderr: string): boolean {
  return /gcloud auth login|reauth|invalid_grant|invalid_rapt|active account/i.test(stderr);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function failed(reason: string, loginNeeded = false): ConnectorError {
  return new ConnectorError('TOKEN_REQUEST_FAILED', `Cannot get a token from gcloud: ${reason}`, {
    hint: loginNeeded ? 'log in again: gcloud auth login' : 'see what it says to: gcloud auth print-access-token',
  });
}

function notInstalled(): ConnectorError {
  return new ConnectorError(
    'CREDENTIALS_NOT_FOUND',
    'Cannot get a token from gcloud: it is not installed, or not in PATH',
    {
      hint: 'install the Google Cloud CLI (https://cloud.google.com/sdk/docs/install), or use other credentials',
    },
  );
}
