// Tokens from a command that prints one.

import { ConnectorError, reasonOf } from '../errors.ts';
import { type ChildOutput, childOutput } from './child-output.ts';
import { isJsonObject, type JsonObject, textOf } from './credential-fields.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { quotable } from './quotable.ts';
import { isHeaderValue } from './static-token.ts';
import type { Token } from './token-source.ts';

/** Limit for one run of the command, in milliseconds. */
export const tokenCommandLimitMs = 30_000;
/** How long a token is kept whose end the command does not tell, in milliseconds. */
export const unknownLifeMs = 5 * 60_000;

/**
 * Runs the command through the shell. What it prints is the token, or JSON with `access_token` or `token`, and with
 * `expiry` (RFC 3339, or seconds since the epoch) or `expires_in` (seconds) if it knows.
 */
export function tokenCommand(command: string, { clock, env }: Pick<IdentitySeams, 'clock' | 'env'>): Identity {
  if (command.trim() === '') {
    throw new ConnectorError('INVALID_OPTION', 'Cannot use the token command: it is empty');
  }
  return {
    choosesScope: false,
    principal: () => undefined,
    quotaProject: undefined,
    universeDomain: undefined,
    tokens: {
      async token(_scope, signal) {
        const startedAt = clock.now();
        let output: ChildOutput;
        try {
          const limits = { timeoutMs: tokenCommandLimitMs, clock, signal };
          output = await childOutput({ file: command, shell: true, env, ...limits });
        } catch (error) {
          signal.throwIfAborted();
          throw failed(reasonOf(error));
        }
        const { exitCode, stdout } = output;
        if (exitCode !== 0) {
          throw failed(exitCode === undefined ? 'a signal ended it' : `it ended with exit code ${exitCode}`, output);
        }
        const token = readToken(stdout, startedAt);
        if (token === undefined) throw failed('it printed neither a token nor JSON with one', output);
        return token;
      },
    },
  };
}

function failed(reason: string, output?: ChildOutput): ConnectorError {
  // A script that traces itself prints its token to both streams.
  const said = output === undefined ? undefined : quotable(output.stderr, secretsIn(output.stdout));
  const message = `Cannot get a token from the token command: ${reason}${said === undefined ? '' : `: ${said}`}`;
  return new ConnectorError('TOKEN_REQUEST_FAILED', message, {
    hint: 'the command must print an access token, as gcloud auth print-access-token does, and end with exit code 0',
  });
}

function secretsIn(stdout: string): readonly string[] {
  return stdout.split(/[\s"]+/).filter((word) => word.length >= 4);
}

function readToken(stdout: string, now: number): Token | undefined {
  const text = stdout.trim();
  if (isHeaderValue(text) && !/^["[{]/.test(text)) return { value: text, expiresAt: now + unknownLifeMs };
  const reply = parse(text);
  const value = textOf(reply['access_token']) ?? textOf(reply['token']);
  if (value === undefined || !isHeaderValue(value)) return undefined;
  return { value, expiresAt: expiryOf(reply, now) ?? now + unknownLifeMs };
}

function expiryOf({ expiry, expires_in: expiresIn }: JsonObject, now: number): number | undefined {
  if (typeof expiry === 'number') return expiry * 1000;
  if (typeof expiry === 'string' && !Number.isNaN(Date.parse(expiry))) return Date.parse(expiry);
  const seconds = Number(expiresIn ?? Number.NaN);
  return Number.isFinite(seconds) ? now + seconds * 1000 : undefined;
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    // The parser's message quotes what it stumbled over, which may be the token.
    return {};
  }
}
