// The health endpoints that Kubernetes and others probe: /startup, /readiness, /liveness.

import type { Logger } from '../observability/logger.ts';
import type { ProxyModel } from '../observability/model/proxy-model.ts';
import { BackendCheck } from './backend-check.ts';
import type { HealthSource } from './health-source.ts';
import { readinessReport } from './readiness-report.ts';
import type { Answer, Route } from './route.ts';

export interface HealthOptions {
  readonly source: HealthSource;
  /** Let /startup dial every instance. No other probe ever dials. */
  readonly withBackendCheck: boolean;
  readonly logger: Logger;
  /** What `/readiness?verbose` tells from; undefined gives the plain answer. */
  readonly model?: ProxyModel | undefined;
  /** A clock in milliseconds, the one of {@link HealthSource.lastRefusal}. Default: `performance.now`. */
  readonly now?: () => number;
}

/**
 * For how long after a client was refused at the limit /readiness says 503. To be full is no reason: a pool that holds as
 * many connections as it may is well served. To turn clients away is one, and it lasts for this time from the last of them
 * on, so that a client that leaves and another that comes do not make the answer flap. It is one period of a Kubernetes
 * probe: whose default asks for three failures in a row, so one burst takes nobody out of service.
 */
export const refusalCountsForMs = 10_000;

export function healthRoutes({
  source,
  withBackendCheck,
  logger,
  model,
  now = () => performance.now(),
}: HealthOptions): readonly Route[] {
  const backends = withBackendCheck ? new BackendCheck({ source, logger, now }) : undefined;
  return [
    probe('/startup', async (closing) => {
      if (source.state === 'starting') return 'not started';
      // Once the proxy is ending, nothing is to be learnt from new connections any more.
      return source.state === 'serving' ? backends?.problem(closing) : undefined;
    }),
    readiness(() => unreadyBecause(source, now()), model),
    probe('/liveness', () => undefined),
  ];
}

function unreadyBecause({ state, lastRefusal }: HealthSource, nowMs: number): string | undefined {
  if (state === 'starting') return 'not started';
  if (state !== 'serving') return 'shutting down';
  if (lastRefusal === undefined || nowMs - lastRefusal.atMs >= refusalCountsForMs) return undefined;
  return `${lastRefusal.what}, clients are being refused`;
}

/** The same status with `?verbose`, and the whole story as JSON. */
function readiness(problem: () => string | undefined, model: ProxyModel | undefined): Route {
  const plain = probe('/readiness', problem);
  if (model === undefined) return plain;
  return {
    ...plain,
    answer: (request, closing) => {
      const query = new URLSearchParams(request.url?.split('?', 2)[1] ?? '');
      if (!query.has('verbose')) return plain.answer(request, closing);
      const found = problem();
      return {
        status: found === undefined ? 200 : 503,
        text: `${JSON.stringify(readinessReport({ model, problem: found, now: Date.now() }), undefined, 2)}\n`,
        headers: { 'content-type': 'application/json; charset=utf-8' },
      };
    },
  };
}

/** @param problem says what is wrong, or nothing. */
function probe(
  path: string,
  problem: (closing: AbortSignal) => string | undefined | Promise<string | undefined>,
): Route {
  return {
    path,
    methods: ['GET', 'HEAD'],
    answer: async (_request, closing): Promise<Answer> => {
      const text = await problem(closing);
      return text === undefined ? { status: 200, text: 'ok' } : { status: 503, text };
    },
  };
}
