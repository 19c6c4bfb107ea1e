// The token of another identity provider, from wherever the `credential_source` of an external account says.

import { readFile } from 'node:fs/promises';
import { ConnectorError, reasonOf } from '../errors.ts';
import { type CredentialFields, isJsonObject, type JsonObject, textOf } from './credential-fields.ts';
import { awsSubjectToken } from './google-auth.ts';
import type { IdentitySeams } from './identity.ts';
import { executableSubjectToken } from './subject-token-executable.ts';
import { tokenRequestLimitMs } from './token-endpoint.ts';

export type SubjectToken = (signal: AbortSignal) => Promise<string>;

export interface SubjectTokenOptions {
  /** The whole credentials, and a reader of their fields. */
  readonly json: JsonObject;
  readonly fields: CredentialFields;
  readonly origin: string;
  readonly seams: IdentitySeams;
}

/** @throws {ConnectorError} `CREDENTIALS_INVALID` for a source of no known kind, or with a field missing. */
export function subjectToken(source: CredentialFields, options: SubjectTokenOptions): SubjectToken {
  if (source.has('environment_id')) return awsSubjectToken(options.json, options);
  if (source.has('executable')) return executableSubjectToken(source.object('executable'), options);
  const read = formatReader(source);
  const file = source.optional('file');
  if (file !== undefined) return async () => read(await contentOf(file), `the file "${file}"`);
  if (source.has('url')) {
    const url = new URL(source.requiredUrl('url'));
    const headers = headersOf(source);
    return async (signal) => read(await answerOf({ url, headers, http: options.seams.http, signal }), url.host);
  }
  throw source.invalid('it names no file, url, executable, certificate or AWS environment');
}

type FormatReader = (content: string, subject: string) => string;

function formatReader(source: CredentialFields): FormatReader {
  const format = source.value('format');
  if (!isJsonObject(format) || (format['type'] ?? 'text') === 'text') {
    return (content, subject) => textOf(content.trim()) ?? fail(subject, 'it is empty');
  }
  const name = textOf(format['subject_token_field_name']);
  if (format['type'] !== 'json' || name === undefined) throw source.invalid('"format" is not one that is known');
  return (content, subject) => fieldOf(content, name) ?? fail(subject, `it is no JSON with the field "${name}"`);
}

function fieldOf(content: string, name: string): string | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return isJsonObject(value) ? textOf(value[name]) : undefined;
  } catch {
    // The parser's message quotes what it stumbled over, which may be the token.
    return undefined;
  }
}

function headersOf(source: CredentialFields): Readonly<Record<string, string>> {
  const headers = source.value('headers') ?? {};
  if (!isJsonObject(headers)) throw source.invalid('"headers" is not an object');
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return fail(`the file "${path}"`, reasonOf(error));
  }
}

interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly http: IdentitySeams['http'];
  readonly signal: AbortSignal;
}

async function answerOf({ url, headers, http, signal }: Question): Promise<string> {
  try {
    const response = await http({ method: 'GET', url, headers, timeoutMs: tokenRequestLimitMs, signal });
    if (response.status === 200) return response.body;
    return fail(url.host, `HTTP status ${response.status}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConnectorError) throw error;
    return fail(url.host, reasonOf(error));
  }
}

function fail(subject: string, reason: string): never {
  throw new ConnectorError('TOKEN_REQUEST_FAILED', `Cannot get the external token from ${subject}: ${reason}`);
}
