// The workload identity pool of the emulator: tokens of an identity provider outside, and the principals they stand for.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { OAuthError } from './oauth-error.ts';

const POOL = 'projects/100000000001/locations/global/workloadIdentityPools/emulator';

export const SUBJECT_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
/** Names the provider in the pool; a token exchange is for this audience or for nobody. */
export const POOL_AUDIENCE = `//iam.googleapis.com/${POOL}/providers/local`;

const SUBJECT_TOKEN_START = 'emulator-subject.';

/** Whether some emulator has minted it, be it good for this one or not. */
export function isSubjectToken(text: string): boolean {
  return text.startsWith(SUBJECT_TOKEN_START);
}

export class WorkloadPool {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { readonly subject: string; readonly expiresAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The principal that a subject is to IAM. */
  principalOf(subject: string): string {
    return `principal://iam.googleapis.com/${POOL}/subject/${subject}`;
  }

  /** What the identity provider would give to the workload. A negative life makes a token that has expired. */
  mintSubjectToken(subject: string, lifeMs: number): string {
    const text = `${SUBJECT_TOKEN_START}${randomBytes(32).toString('base64url')}`;
    this.#tokens.set(text, { subject, expiresAt: this.#clock.now() + lifeMs });
    return text;
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return [...this.#tokens];
  }

  restore(saved: ReturnType<WorkloadPool['snapshot']>): void {
    for (const [text, token] of saved) this.#tokens.set(text, token);
  }

  /** Returns the principal. @throws OAuthError `invalid_target` or `invalid_grant` */
  verify(shown: { readonly token: string; readonly type: string; readonly audience: string }): string {
    if (shown.audience !== POOL_AUDIENCE) {
      throw new OAuthError(
        400,
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    }
    if (shown.type !== SUBJECT_TOKEN_TYPE) {
      throw new OAuthError(400, 'invalid_request', `Invalid value for "subject_token_type": ${shown.type}`);
    }
    const token = this.#tokens.get(shown.token);
    if (token === undefined) throw new OAuthError(400, 'invalid_grant', 'Unable to parse the subject token.');
    if (token.expiresAt <= this.#clock.now()) {
      throw new OAuthError(400, 'invalid_grant', 'The subject token has expired.');
    }
    return this.principalOf(token.subject);
  }
}
