// The status page: its files, and the stream of what it shows.

import type { ProxyModel } from '../../observability/model/proxy-model.ts';
import type { Route } from '../route.ts';
import { statusReport } from '../status-report.ts';
import { loadAssets } from './assets.ts';
import type { History } from './history.ts';

export interface StatusPageOptions {
  readonly model: ProxyModel;
  readonly history: History;
  readonly newerVersion: () => string | undefined;
}

/** The page runs its own two scripts, talks to its own server, and nobody shows it inside another page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const everyMs = 1_000;
const mostSessions = 200;

export async function statusPageRoutes(options: StatusPageOptions): Promise<readonly Route[]> {
  const assets = await loadAssets();
  return [
    ...assets.map(
      ({ path, type, text }): Route => ({
        path,
        methods: ['GET', 'HEAD'],
        answer: () => ({
          status: 200,
          text,
          headers: {
            'content-type': `${type}; charset=utf-8`,
            'content-security-policy': policy,
            'referrer-policy': 'same-origin',
            'cross-origin-opener-policy': 'same-origin',
            'cross-origin-resource-policy': 'same-origin',
          },
        }),
      }),
    ),
    eventsRoute(options),
  ];
}

/** Server-sent events, one a second while somebody looks. */
function eventsRoute({ model, history, newerVersion }: StatusPageOptions): Route {
  return {
    path: '/status-page/events',
    methods: ['GET'],
    answer: () => ({
      status: 200,
      text: '',
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      stream: (push, gone) => {
        let last = 0;
        const send = (): void => {
          const now = Date.now();
          const newSamples = history.since(last);
          last = newSamples.at(-1)?.at ?? last;
          const report = statusReport({ model, newerVersion: newerVersion(), now, mostSessions });
          push(`data: ${JSON.stringify({ report, newSamples })}\n\n`);
        };
        send();
        const timer = setInterval(send, everyMs).unref();
        gone.addEventListener('abort', () => clearInterval(timer), { once: true });
      },
    }),
  };
}
