// Calls the emulator's APIs for tests with any method, as one principal.

import { CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import type { HttpSetting } from './http-setting.ts';

export interface ApiAnswer {
  readonly status: number;
  /** What JSON says, whatever it is. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of an error: its status, and the reason of its first detail. */
  readonly error: string | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

export type ApiClient = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

export function clientAs(
  setting: HttpSetting,
  principal: string,
  more: Readonly<Record<string, string>> = {},
): ApiClient {
  const token = setting.tokens.mint({ principal, scopes: [CLOUD_PLATFORM_SCOPE], lifeMs: 3_600_000 });
  return async (method, path, body) => {
    const response = await fetch(`${setting.apiEndpoint}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as ApiAnswer['body'] & { readonly error?: ErrorBody };
    const { status, message, details } = answer.error ?? {};
    return { status: response.status, body: answer, error: status, message, reason: details?.[0]?.reason };
  };
}

interface ErrorBody {
  readonly status: string;
  readonly message: string;
  readonly details?: readonly { readonly reason?: string }[];
}
