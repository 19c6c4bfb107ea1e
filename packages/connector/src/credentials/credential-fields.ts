// Reads the fields of a credential's JSON, with errors that name a field and never show what is in it.

import { ConnectorError } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface CredentialFieldsOptions {
  /** What the JSON is, as in `service account key`. */
  readonly kind: string;
  /** Where it came from, as in `"/etc/key.json"`. */
  readonly origin: string;
  readonly hint?: string;
}

export class CredentialFields {
  readonly #json: JsonObject;
  readonly #options: CredentialFieldsOptions;

  constructor(json: JsonObject, options: CredentialFieldsOptions) {
    this.#json = json;
    this.#options = options;
  }

  required(name: string): string {
    return this.optional(name) ?? this.#missing(name);
  }

  /** Empty counts as absent: gcloud writes fields that it has no value for as empty strings. */
  optional(name: string): string | undefined {
    return textOf(this.#json[name]);
  }

  has(name: string): boolean {
    return this.#json[name] !== undefined && this.#json[name] !== null && this.#json[name] !== '';
  }

  value(name: string): unknown {
    return this.#json[name];
  }

  object(name: string): JsonObject {
    const value = this.#json[name];
    return isJsonObject(value) ? value : this.#missing(name);
  }

  strings(name: string): readonly string[] {
    const value = this.#json[name] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.invalid(`"${name}" is not a list of strings`);
  }

  requiredUrl(name: string): string {
    return this.url(name, this.required(name));
  }

  /** The text as written, once it is known to be an HTTP(S) URL: some servers compare it to the letter. */
  url(name: string, fallback: string): string {
    const text = this.optional(name) ?? fallback;
    if (URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)) return text;
    throw this.invalid(`"${name}" is not a URL`);
  }

  invalid(reason: string): ConnectorError {
    const { kind, origin, hint } = this.#options;
    return new ConnectorError('CREDENTIALS_INVALID', `Cannot use the ${kind} in ${origin}: ${reason}`, { hint });
  }

  #missing(name: string): never {
    throw this.invalid(`"${name}" is missing`);
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
