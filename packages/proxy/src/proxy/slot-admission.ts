// What the limits say about a client, in the words of the log and of PostgreSQL.

import { encodeErrorResponse } from '../postgres/error-response.ts';
import { moreDescriptors } from './descriptor-limit.ts';
import type { Admission } from './session.ts';
import type { SlotAnswer, SlotLimit } from './slots.ts';

// 53300: too_many_connections, as PostgreSQL itself says it; pools know it.
const tooManyConnections = '53300';

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

/** The admission of a client whose wait was ended is a refusal that nobody reads: it has gone, or asks for a cancellation. */
export function slotAdmission(answer: SlotAnswer): Admission {
  if (answer.kind === 'taken') return { kind: 'admitted', giveBack: answer.giveBack };
  if (answer.kind === 'cancelled') return refusal('stopped waiting for a free connection', undefined);
  const { what, hint } = wording[answer.by](answer.limit);
  return refusal(answer.waitedMs === 0 ? what : `${what} for ${answer.waitedMs / 1000} s`, hint);
}

function refusal(what: string, hint: string | undefined): Admission {
  return {
    kind: 'refused',
    reason: 'max-connections',
    text: `${what}, refusing new connection`,
    error: encodeErrorResponse({ sqlState: tooManyConnections, message: `alloydb-auth-proxy: ${what}`, hint }),
  };
}
