// The faults that HTTP answers of every kind can have.

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../http/answer.ts';
import type { ApiFault, TokenFault } from './fault.ts';

type Kind = Exclude<(ApiFault | TokenFault)['kind'], 'api-error' | 'token-error'>;

/** A fault without an error answer: those look different at each service. */
export type HttpFault = Extract<ApiFault | TokenFault, { readonly kind: Kind }>;

/** `answer` gives what would go back without a fault. */
export async function answerWithFault(fault: HttpFault | undefined, answer: () => Promise<Answer>): Promise<Answer> {
  switch (fault?.kind) {
    case undefined:
      return answer();
    case 'api-delay':
    case 'token-delay':
      await delay(fault.delayMs, undefined, { ref: false });
      return answer();
    case 'api-reset':
    case 'token-reset':
      return { is: 'reset' };
    case 'api-close':
    case 'token-close':
      return { is: 'close' };
    case 'api-truncated':
    case 'token-truncated': {
      const whole = await answer();
      return whole.is === 'reply' ? { is: 'truncated', reply: whole } : whole;
    }
    case 'api-garbage':
    case 'token-garbage': {
      const text = '<!doctype html><title>Welcome</title><p>Please log in to this network.</p>\n';
      return { is: 'reply', status: 200, contentType: 'text/html; charset=utf-8', text };
    }
  }
}
