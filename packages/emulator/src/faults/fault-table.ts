// One row for each kind of fault: when it is decided, and what an order of it may say.

import { field, type FieldReader } from './fault-field.ts';
import {
  type AcceptFault,
  API_METHODS,
  type ApiFault,
  type ExchangeFault,
  type Fault,
  type PostgresFault,
  type TokenFault,
} from './fault.ts';

export interface FaultsAt {
  readonly accept: AcceptFault;
  readonly exchange: ExchangeFault;
  readonly postgres: PostgresFault;
  readonly api: ApiFault;
  readonly token: TokenFault;
}

export type Stage = keyof FaultsAt;

export interface Row {
  readonly at: Stage;
  readonly needs?: Readonly<Record<string, FieldReader>>;
  readonly takes?: Readonly<Record<string, FieldReader>>;
}

const text = { message: field.text };
const sqlState = { sqlState: field.sqlState };

export const FAULT_TABLE = {
  'close-at-accept': { at: 'accept' },
  'reset-at-accept': { at: 'accept' },
  'stall-at-accept': { at: 'accept' },
  'close-in-handshake': { at: 'accept' },
  'reset-in-handshake': { at: 'accept' },
  'stall-in-handshake': { at: 'accept' },
  'refuse-client-certificate': { at: 'accept', takes: { how: field.oneOf('alert', 'eof', 'reset') } },
  'foreign-server-certificate': { at: 'accept' },
  'wrong-server-names': { at: 'accept' },
  'expired-server-certificate': { at: 'accept' },

  'exchange-error': { at: 'exchange', needs: text },
  'postgres-error': { at: 'exchange', needs: text, takes: sqlState },
  'error-behind-reply': { at: 'exchange', needs: text, takes: sqlState },
  'truncated-reply': { at: 'exchange' },
  'oversized-reply': { at: 'exchange' },
  'slow-reply': { at: 'exchange', needs: { byteIntervalMs: field.duration } },
  'close-before-reply': { at: 'exchange' },
  'reset-before-reply': { at: 'exchange' },
  'stall-before-reply': { at: 'exchange' },

  'postgres-delay': { at: 'postgres', needs: { delayMs: field.duration } },

  'api-error': {
    at: 'api',
    needs: { status: field.errorStatus },
    takes: {
      reason: field.text,
      metadata: field.texts,
      message: field.text,
      retryDelaySeconds: field.duration,
      retryAfterSeconds: field.duration,
    },
  },
  'api-delay': { at: 'api', needs: { delayMs: field.duration } },
  'api-reset': { at: 'api' },
  'api-close': { at: 'api' },
  'api-truncated': { at: 'api' },
  'api-garbage': { at: 'api' },

  'token-error': {
    at: 'token',
    needs: { error: field.text, description: field.text },
    takes: { status: field.errorStatus, subtype: field.text },
  },
  'token-delay': { at: 'token', needs: { delayMs: field.duration } },
  'token-reset': { at: 'token' },
  'token-close': { at: 'token' },
  'token-truncated': { at: 'token' },
  'token-garbage': { at: 'token' },
} as const satisfies Record<Fault['kind'], Row>;

const ANYWHERE = { times: field.count };
const AT_INSTANCE = { ...ANYWHERE, instance: field.text };

/** What every order of the stage may say, whatever its kind. */
export const STAGE_FIELDS: Readonly<Record<Stage, Readonly<Record<string, FieldReader>>>> = {
  accept: AT_INSTANCE,
  exchange: AT_INSTANCE,
  postgres: AT_INSTANCE,
  api: {
    ...AT_INSTANCE,
    method: field.oneOf(...API_METHODS),
  },
  token: {
    ...ANYWHERE,
    grant: field.oneOf('jwt-bearer', 'refresh-token', 'token-exchange', 'impersonation', 'metadata'),
  },
};
