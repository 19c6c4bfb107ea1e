// What a connection that does not come about means, in the words of whoever has to mend the network.

import { OutboundProxyError, reasonOf, TimeLimitError } from 'alloydb-connector/probe';
import { codeOf } from '../proxy/listen.ts';

export interface Explained {
  readonly reason: string;
  readonly fix: string;
}

export interface ConnectTarget {
  /** `HOST:PORT` or `HOST port PORT`. */
  readonly place: string;
  /** What each kind of failure of this target most likely comes from. */
  readonly timedOut: string;
  readonly refused: string;
  readonly unreachable: string;
  readonly nameUnknown: string;
}

const certificateFix =
  'check the clock of this machine; where TLS is inspected on the way, set NODE_EXTRA_CA_CERTS to its authority';

/** Bun, in the standalone executable, calls every connection that fails at once a refused one. */
const tellsRefusals = process.versions['bun'] === undefined;

/** `error` may be wrapped: the innermost cause that is known decides. */
export function explainConnect(error: unknown, target: ConnectTarget, isExact = tellsRefusals): Explained {
  const { place } = target;
  for (const each of withCauses(error)) {
    if (each instanceof OutboundProxyError) {
      return { reason: each.message, fix: each.hint ?? `check that the proxy lets connections to ${place} through` };
    }
    if (each instanceof TimeLimitError) {
      const reason = `nothing comes back from ${place} within ${each.limitMs / 1000} s: packets are dropped on the way`;
      return { reason, fix: target.timedOut };
    }
    switch (codeOf(each)) {
      case 'ECONNREFUSED':
        return refused(target, isExact);
      case 'ETIMEDOUT':
        return { reason: `${place} does not answer: packets are dropped on the way`, fix: target.timedOut };
      case 'EHOSTUNREACH':
      case 'ENETUNREACH':
      case 'EACCES':
      case 'EINVAL':
        return { reason: `${place} cannot be reached from here: ${reasonOf(each)}`, fix: target.unreachable };
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return { reason: `the name of ${place} is not resolved: ${reasonOf(each)}`, fix: target.nameUnknown };
      default:
    }
    if (/CERT|ISSUER|SIGNATURE/.test(codeOf(each))) {
      return { reason: `${place} shows a certificate that is not trusted: ${reasonOf(each)}`, fix: certificateFix };
    }
  }
  const reason = `${place} cannot be reached: ${reasonOf(error)}`;
  return { reason, fix: `check what is at ${place}` };
}

function refused({ place, ...fixes }: ConnectTarget, isExact: boolean): Explained {
  if (isExact) {
    return { reason: `${place} refuses connections: the machine is there, and nothing listens`, fix: fixes.refused };
  }
  const both = new Set([fixes.refused, fixes.unreachable]);
  const reason = `${place} refuses connections, or cannot be reached: the standalone executable does not tell which`;
  return { reason, fix: [...both].join('; or ') };
}

/** An error, what caused it, and for several attempts the last one of them. */
function* withCauses(error: unknown): Generator {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each instanceof AggregateError) yield* each.errors;
    yield each;
  }
}
