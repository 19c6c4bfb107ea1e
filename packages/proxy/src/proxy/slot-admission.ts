// What the limits say about a client, in the words of the log and of PostgreSQL.

import { encodeErrorResponse } from '../postgres/error-response.ts';
import { moreDescriptors } from './descriptor-limit.ts';
import type { Admission } from './session.ts';
import type { RefusalReason } from './session-events.ts';
import type { SlotAnswer, SlotLimit } from './slots.ts';

type Refused = Extract<SlotAnswer, { kind: 'refused' }>;

// 53300: too_many_connections, as PostgreSQL itself says it; pools know it.
const tooManyConnections = '53300';

/** That a client was turned away because there was no place. */
export interface LimitRefusal {
  /** `performance.now()` */
  readonly atMs: number;
  /** Which limit, in words: `max connections (100) exceeded`. */
  readonly what: string;
}

const wording: { readonly [By in SlotLimit]: (limit: number) => { readonly what: string; readonly hint: string } } = {
  program: (limit) => ({
    what: `max connections (${limit}) exceeded`,
    hint: 'close connections that are not used, or raise --max-connections',
  }),
  instance: (limit) => ({
    what: `max connections (${limit}) of the instance exceeded`,
    hint: "close connections that are not used, or raise ?max-connections=COUNT behind the instance's URI",
  }),
  descriptors: (limit) => ({
    what: `the limit of open files leaves room for ${limit} connections, and they are taken`,
    hint: moreDescriptors,
  }),
};

/** A refusal as those who probe the proxy are told of it. */
export function limitRefusal({ by, limit }: Pick<Refused, 'by' | 'limit'>): LimitRefusal {
  return { atMs: performance.now(), what: wording[by](limit).what };
}

/** The admission of a client whose wait was ended is a refusal that nobody reads: it has gone, or asks for a cancellation. */
export function slotAdmission(answer: SlotAnswer): Admission {
  if (answer.kind === 'taken') return { kind: 'admitted', giveBack: answer.giveBack };
  if (answer.kind === 'cancelled')
    return refusal('max-connections', 'stopped waiting for a free connection', undefined);
  const { what, hint } = wording[answer.by](answer.limit);
  const reason = answer.by === 'descriptors' ? 'open-files' : 'max-connections';
  return refusal(reason, answer.waitedMs === 0 ? what : `${what} for ${answer.waitedMs / 1000} s`, hint);
}

function refusal(reason: RefusalReason, what: string, hint: string | undefined): Admission {
  return {
    kind: 'refused',
    reason,
    text: `${what}, refusing new connection`,
    error: encodeErrorResponse({ sqlState: tooManyConnections, message: `alloydb-auth-proxy: ${what}`, hint }),
  };
}
